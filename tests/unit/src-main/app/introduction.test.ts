import { expect, test } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import { hostOfKey, type WorkspaceEvent } from '../../../../shared/domain/workspace/workspace.ts';
import type { SignedEvent } from '../../../../shared/log/envelope.ts';
import { createIntroduction } from '../../../../src-main/app/introduction.ts';
import { createWorkspaceBook } from '../../../../src-main/commands/workspace-book.ts';
import { verifyEd25519 } from '../../../../src-main/identity/ed25519.ts';
import { acmeFounded, id, keyOf, personAdded } from '../../../support/founding-facts.ts';
import { contextAt, signerOf } from '../../../support/log-fixtures.ts';
import { createMemoryEventLog } from '../../../support/memory-event-log.ts';

/** One host of Acme, which signs its connections with the key of this name. */
function aHost(name: string) {
  let now = 1_700_000_000_000;
  const log = createMemoryEventLog('workspace');
  const clock = { now: () => instant((now += 1_000)) };
  const book = createWorkspaceBook({ log, clock, salt: contextAt(0).salt });
  const local = { log: () => log, receive: (_: string, events: readonly SignedEvent[]) => book.receive(events) };
  const { introduction, introduce } = createIntroduction(
    { local, history: book.history, signer: () => signerOf(name) },
    verifyEd25519,
  );
  return {
    introduction,
    introduce,
    history: book.history,
    log,
    says: (author: string, ...facts: readonly WorkspaceEvent[]) => book.record(signerOf(author), facts),
    hears: (other: { readonly log: typeof log }, upTo?: number) =>
      void book.receive(other.log.read().slice(0, upTo).map(asSigned)),
    knows: (key: string) => hostOfKey(book.state, keyOf(key)) !== null,
  };
}

function asSigned({ envelope, body, salt }: SignedEvent): SignedEvent {
  return { envelope, body, salt };
}

function enrols(name: string): WorkspaceEvent {
  const keys = { hostKey: keyOf(name), restoreKey: keyOf(`restore of ${name}`) };
  return { type: 'HostEnrolled', inviteId: name, name, ...keys, desktop: null };
}

const renews = (name: string, by: string): WorkspaceEvent[] => [
  { type: 'KeyRetired', key: keyOf(name), reason: 'restored or copied data folder', cuts: [] },
  { type: 'KeyBound', key: keyOf(by), operatorId: null, custody: 'host', host: keyOf(name) },
];

/** The founder's host and a relay that it enrolled, both with everything. */
function twoHosts() {
  const [founder, relay] = [aHost('host'), aHost('relay')];
  founder.says('ada', acmeFounded, ...personAdded('ben', 'administrator'));
  const early = founder.log.length;
  founder.says('ada', enrols('relay'));
  relay.hears(founder);
  return { founder, relay, early };
}

test('a host that everybody has known from the beginning has nothing to say', () => {
  expect(twoHosts().founder.introduction()).toEqual([]);
  expect(aHost('nobody yet').introduction()).toEqual([]);
});

test('a host with a new key is known by it to whoever knew the one before', () => {
  const { founder, relay } = twoHosts();
  const restored = aHost('relay 2');
  restored.hears(relay);
  restored.says('restore of relay', ...renews('relay', 'relay 2'));
  expect(founder.knows('relay 2')).toBe(false);
  founder.introduce(restored.introduction());
  expect(founder.knows('relay 2')).toBe(true);
  expect(founder.history.state.keys[keyOf('relay')]?.retired).toBe(true);
});

test('whoever went back to before an enrolment learns of it, with what it stands on', () => {
  const { founder, relay, early } = twoHosts();
  const before = aHost('host');
  before.hears(founder, early - 2);
  expect(before.knows('relay')).toBe(false);
  before.introduce(relay.introduction());
  expect(before.knows('relay')).toBe(true);
  expect(before.history.state).toEqual(founder.history.state);
  before.introduce(relay.introduction());
  expect(before.log.length).toBe(founder.log.length);
});

test('one whose enrolment was signed by a key that its machine has renewed since is known if that was before', () => {
  const { founder, relay, early } = twoHosts();
  const [enrolment] = founder.log.read().slice(-1);
  if (!enrolment) throw new Error('the relay was enrolled');
  const cut = { log: 'workspace', seq: enrolment.envelope.seq, hash: enrolment.hash };
  for (const [cuts, isKnown] of [
    [[cut], true],
    [[], false],
  ] as const) {
    const before = aHost('host');
    before.hears(founder, early);
    before.says('restore', { type: 'KeyRetired', key: keyOf('ada'), reason: 'restored', cuts: [...cuts] });
    before.introduce(relay.introduction());
    expect(before.knows('relay')).toBe(isKnown);
  }
});

test('whoever has a key that somebody revoked gets nobody in, whatever the cut would allow', () => {
  const { founder, relay, early } = twoHosts();
  const before = aHost('host');
  before.hears(founder, early);
  const [enrolment] = founder.log.read().slice(-1);
  const cuts = [{ log: 'workspace', seq: (enrolment?.envelope.seq ?? 0) + 5, hash: enrolment?.hash ?? null }];
  before.says('ben', { type: 'KeyRetired', key: keyOf('ada'), reason: 'stolen', cuts });
  before.introduce(relay.introduction());
  expect(before.knows('relay')).toBe(false);
});

test('nothing is taken in that contradicts what is here, that is not signed, or that nobody of the workspace signed', () => {
  const { founder, early } = twoHosts();
  const fork = aHost('other relay');
  fork.hears(founder, early);
  fork.says('ada', enrols('other relay'));
  const forked = fork.introduction();
  expect(forked.length).toBeGreaterThan(0);
  const { length } = founder.log;
  founder.introduce(forked);

  const renewed = aHost('relay 2');
  renewed.hears(founder);
  renewed.says('restore of relay', ...renews('relay', 'relay 2'));
  const [last] = renewed.introduction().slice(-1);
  if (!last) throw new Error('it has something to say');
  const tampered = { ...last, body: { ...last.body, key: keyOf('somebody else') } };
  founder.introduce([tampered, { ...last, envelope: { ...last.envelope, author: keyOf('stranger') } }]);

  founder.introduce([{ ...last, body: null, salt: null }]);
  founder.introduce(renewed.introduction().map((one) => ({ ...one, body: null, salt: null })));

  const stranger = aHost('a stranger');
  stranger.says('mallory', acmeFounded);
  founder.introduce(stranger.log.read().map(asSigned));
  expect(founder.log.length).toBe(length);
});

test('an introduction has room for a few: its own standing first, then the newest that this stands on', () => {
  const founder = aHost('host');
  founder.says('ada', acmeFounded);
  for (let at = 0; at < 100; at += 1)
    founder.says('ada', { type: 'OperatorAdded', operatorId: id(`p${String(at)}`), name: 'P' });
  founder.says('ada', enrols('relay'));
  founder.says('ada', { type: 'OperatorAdded', operatorId: id('later'), name: 'Later' });
  const relay = aHost('relay');
  relay.hears(founder);
  const said = relay.introduction();
  expect(said).toHaveLength(64);
  expect(said.at(-1)?.envelope.type).toBe('HostEnrolled');
  expect(said[0]?.body?.['operatorId']).toBe('p37');
});

test('what is too long for it is left out, with all before it', () => {
  const { founder, relay } = twoHosts();
  // So many rooms that the cuts of one key fit in, and of two do not.
  const cuts = Array.from({ length: 1_800 }, (_, at) => ({
    log: `room-${String(at)}`,
    seq: 1,
    hash: founder.history.ordered[0]?.hash ?? null,
  }));
  const renewal = (from: string, to: string): WorkspaceEvent[] => [
    { type: 'KeyRetired', key: keyOf(from), reason: 'restored', cuts },
    { type: 'KeyBound', key: keyOf(to), operatorId: null, custody: 'host', host: keyOf('relay') },
  ];
  const renewed = aHost('relay 3');
  renewed.hears(relay);
  renewed.says('restore of relay', ...renewal('relay', 'relay 2'));
  renewed.says('restore of relay', ...renewal('relay 2', 'relay 3'));
  const said = renewed.introduction();
  expect(said.map(({ envelope }) => envelope.type)).toEqual(['KeyBound', 'KeyRetired', 'KeyBound']);
  expect(Buffer.byteLength(JSON.stringify(said))).toBeLessThan(256 * 1024);
});
