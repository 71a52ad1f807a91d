import { expect, test } from 'vitest';
import { type Instant, instant, PublicKeyHex, RoomId } from '../../../../shared/base/ids.ts';
import type { ReplicaPeerView, ReplicaView } from '../../../../shared/protocol/views.ts';
import { clockWords, peerWords, replicaChip, untilWords } from '../../../../src-renderer/state/replica-words.ts';
import { at } from '../../../support/given.ts';

const key = (digit: string): PublicKeyHex => PublicKeyHex.parse(digit.repeat(64));
const NOW = at(30);

function peer(parts: Partial<ReplicaPeerView> = {}): ReplicaPeerView {
  return {
    hostId: key('b'),
    name: 'Relay',
    url: 'https://relay.example:4100',
    state: 'connected',
    since: at(2),
    behind: 0,
    ahead: 0,
    progress: null,
    clockOffMs: null,
    reason: null,
    ...parts,
  };
}

function view(...peers: readonly ReplicaPeerView[]): ReplicaView {
  return { self: { hostId: key('a'), name: 'Here' }, peers, hosts: [], forks: [], quarantined: [], refusedTexts: [] };
}

const word = (replica: ReplicaView | null, now: Instant = NOW) => replicaChip(replica, now, 'UTC')?.word ?? null;

test('without another host nothing is said at all', () => {
  expect(replicaChip(null, NOW)).toBeNull();
  expect(replicaChip(view(), NOW)).toBeNull();
});

test.each<[string, 'done' | 'plain' | 'warning', Partial<ReplicaPeerView>]>([
  ['connected', 'done', {}],
  ['behind by 12', 'plain', { behind: 12 }],
  ['offline since 09:02', 'warning', { state: 'offline' }],
  ['connecting', 'plain', { state: 'connecting' }],
  ['not let in', 'warning', { state: 'refused', reason: 'It is another workspace.' }],
  ['joining 34 %', 'plain', { progress: { done: 3_439, of: 10_000 } }],
  ['clock 3 min off', 'warning', { clockOffMs: -180_000 }],
])('%s', (said, state, parts) => {
  expect(replicaChip(view(peer(parts)), NOW, 'UTC')).toMatchObject({ word: said, state });
});

test('a first join is never done before it is, and has begun once it has', () => {
  expect(word(view(peer({ progress: { done: 99_999, of: 100_000 } })))).toBe('joining 99 %');
  expect(word(view(peer({ progress: { done: 100_000, of: 100_000 } })))).toBe('joining 100 %');
  expect(word(view(peer({ progress: { done: 0, of: 0 } })))).toBe('joining 0 %');
});

test('a clock that is off by seconds stays in the panel', () => {
  expect(word(view(peer({ clockOffMs: 40_000 })))).toBe('connected');
  expect(clockWords(peer({ clockOffMs: 40_000 }))).toBe('its clock is 40 s ahead of ours');
  expect(clockWords(peer({ clockOffMs: -7_400_000 }))).toBe('its clock is 2 h behind ours');
  expect(clockWords(peer())).toBeNull();
});

test('who follows a relay is apart when the relay is gone, whoever else follows them', () => {
  const gone = peer({ state: 'offline' });
  const follower = peer({ hostId: key('c'), url: null });
  expect(word(view(gone, follower))).toBe('offline since 09:02');
});

test('of two relays one is enough; without any it is since the last one went', () => {
  const second = peer({ hostId: key('c'), since: at(9) });
  expect(word(view(peer({ state: 'offline' }), second))).toBe('1 of 2 connected');
  expect(word(view(peer({ state: 'offline' }), { ...second, state: 'offline' }))).toBe('offline since 09:09');
});

test('a relay says how many of those that follow it are there', () => {
  const followers = ['b', 'c', 'd'].map((digit) => peer({ hostId: key(digit), url: null }));
  const [first, ...others] = followers;
  expect(word(view(...followers))).toBe('connected');
  expect(word(view({ ...peer({ url: null }), ...first, state: 'offline' }, ...others))).toBe('2 of 3 connected');
});

test('a fork, a sender that is not listened to and words that were refused ask for a look, whatever else is well', () => {
  const fork = { log: RoomId.parse('room-0001'), author: key('d'), name: 'Lea', seq: 12 };
  const wrong = { ...view(peer()), forks: [fork], quarantined: [{ hostId: key('c'), until: at(40), bad: 9 }] };
  expect(replicaChip(wrong, NOW, 'UTC')).toMatchObject({ word: 'connected, 2 to look at', state: 'warning' });
});

test('what has been so for longer than half a day is said with its day', () => {
  const next = instant(at(2) + 20 * 3_600_000);
  expect(word(view(peer({ state: 'offline' })), next)).toBe('offline since 2 Mar 2026, 09:02');
});

test('one line says how a peer stands', () => {
  const said = (parts: Partial<ReplicaPeerView>): string => peerWords(peer(parts), NOW, 'UTC');
  expect(said({})).toBe('connected since 09:02, up to date');
  expect(said({ behind: 1, ahead: 1200 })).toBe(
    'connected since 09:02, 1 entry still to come from there, 1,200 entries still to go there',
  );
  expect(said({ progress: { done: 10, of: 40 } })).toBe('joining, 25 %: 10 of 40 entries');
  expect(said({ state: 'offline', ahead: 3 })).toBe(
    'offline since 09:02; 3 entries of ours wait for it, and what it writes meanwhile comes later',
  );
  expect(said({ state: 'connecting' })).toBe('connecting since 09:02');
  expect(said({ state: 'refused' })).toBe('not let in since 09:02');
});

test('a span that has not ended says how long it still is', () => {
  expect(untilWords(at(34, 10), NOW, 'UTC')).toBe('until 09:34, 4:10 from now');
  expect(untilWords(at(30), NOW, 'UTC')).toBe('until now');
});
