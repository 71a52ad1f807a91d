import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { DeviceId, instant, OperatorId, RoomId, type Sha256Hex, WatchQueryId } from '../../../../shared/base/ids.ts';
import type { Role } from '../../../../shared/domain/roster/roles.ts';
import type { RoomEvent } from '../../../../shared/domain/room/room.ts';
import type { WorkspaceEvent } from '../../../../shared/domain/workspace/workspace.ts';
import type { StoredEvent } from '../../../../shared/log/envelope.ts';
import { signTextBatch, textHeadOf, type TextBatch, type TextHead } from '../../../../shared/log/text-batch.ts';
import { type CarriedFrame, isBundle, readBundle, writeBundle } from '../../../../shared/protocol/bundle.ts';
import { bundleFaultText, bundleText } from '../../../../shared/protocol/bundle-text.ts';
import { type BundleFault, verifyBundle } from '../../../../shared/protocol/verify-bundle.ts';
import { verifyEd25519 } from '../../../../src-main/identity/ed25519.ts';
import { alarmRaised, declared, person as actorNamed, statementStarted, step, T0 } from '../../../support/given.ts';
import { ROOM, signerOf } from '../../../support/log-fixtures.ts';
import { createRandom } from '../../../support/random.ts';
import { signedByHand } from '../../../support/signed-by-hand.ts';

const keyOf = (name: string) => signerOf(name).publicKey;
const id = (name: string) => OperatorId.parse(name);
const NOTES = `${ROOM}/notes`;
const AT = instant(T0 + 3_600_000);
const chain = [step('comms', 'Communications', 'comms-lead', [actorNamed('cora', 'comms-lead')], [])];

/** A workspace with a host and a relay, a room where an incident was declared, and words of two hosts in its notes. */
function aWorld() {
  const workspace = signedByHand('workspace', T0 - 3_600_000);
  const room = signedByHand(ROOM, T0);
  const founds = (fact: WorkspaceEvent): StoredEvent => workspace.sign('ada', fact);
  const genesis = founds({
    type: 'WorkspaceCreated',
    organisation: 'Håndværk',
    demo: false,
    administrator: { operatorId: id('ada'), name: 'Ada' },
    hostKey: keyOf('host'),
    recoveryKey: keyOf('recovery'),
    restoreKey: keyOf('restore'),
  });
  for (const [name, role] of Object.entries({ cora: 'comms-lead', wim: 'writer' } satisfies Record<string, Role>)) {
    founds({ type: 'OperatorAdded', operatorId: id(name), name });
    founds({ type: 'KeyBound', key: keyOf(name), operatorId: id(name), custody: 'device' });
    founds({ type: 'RoleGranted', operatorId: id(name), role });
  }
  founds({
    type: 'PlaybookSaved',
    playbook: {
      playbookId: declared().playbookId,
      name: 'Product safety',
      templateId: null,
      complexity: 'simple',
      chain: chain.map(({ stepId, name, role, certifies }) => ({ stepId, name, role, certifies })),
    },
  });
  const keys = { hostKey: keyOf('relay'), restoreKey: keyOf('restore of the relay') };
  const roster = founds({ type: 'HostEnrolled', inviteId: 'i', name: 'Relay', ...keys, desktop: null });

  function does(author: string, fact: RoomEvent, place: Parameters<typeof room.sign>[2] = {}): StoredEvent {
    return room.sign(author, fact, { workspace: [roster], ...place });
  }
  const alarm = does('host', alarmRaised({ cause: 'spike' }));
  const declaration = does('cora', declared({ chain }), { seen: [alarm] });
  const batches = (author: string, ...words: readonly string[]) => writtenBy(author, genesis.hash, NOTES, words);

  function carried(texts: readonly TextBatch[]): readonly CarriedFrame[] {
    return [
      eventsFrame('workspace', workspace.events),
      eventsFrame(ROOM, room.events.slice(0, 1)),
      ...(room.events.length > 1 ? [eventsFrame(ROOM, room.events.slice(1))] : []),
      ...texts.map(textFrame),
    ];
  }
  const words = [
    ...batches('host', 'We know of', ' the ovens', ' – 🚨'),
    ...batches('relay', 'And so does', ' the relay'),
  ];
  const frames = () => carried(words);
  return { workspace, founds, does, alarm, declaration, genesis, roster, batches, words, carried, frames };
}
type World = ReturnType<typeof aWorld>;

function eventsFrame(log: CarriedEvents['log'], events: readonly StoredEvent[]): CarriedEvents {
  return { kind: 'events', log, events: events.map(({ envelope, body, salt }) => ({ envelope, body, salt })) };
}
type CarriedEvents = Extract<CarriedFrame, { kind: 'events' }>;

function textFrame({ header, signature, data }: TextBatch): CarriedFrame {
  return { kind: 'text', header, signature, data: z.core.util.uint8ArrayToBase64(data) };
}

/** Each of these words in a batch of its own, one behind the other. */
function writtenBy(author: string, workspace: Sha256Hex, document: string, words: readonly string[]) {
  let head: TextHead | null = null;
  return words.map((word, at): TextBatch => {
    const data = new TextEncoder().encode(word);
    const update = { at: instant(T0 + at), operatorId: id('wim'), deviceId: DeviceId.parse('device:desk'), data };
    const batch = signTextBatch(signerOf(author), { workspace, document, head }, [update]);
    head = textHeadOf(batch);
    return batch;
  });
}

function written({ genesis, frames }: World, carried: Iterable<CarriedFrame> = frames(), by = 'host'): string {
  return writeBundle({ workspace: genesis.hash, at: AT }, carried, signerOf(by));
}

function verified(text: string, trust?: string) {
  return verifyBundle(text, { verifier: verifyEd25519, ...(trust === undefined ? {} : { trust }) });
}

/** Signed again over what is there now, as the host itself could do. */
function resigned(world: World, frames: readonly CarriedFrame[]) {
  return verified(written(world, frames));
}

const world = aWorld();
const bundle = written(world);
const lines = bundle.split('\n').slice(0, -1);
const fileOf = (some: readonly string[]): string => some.map((line) => `${line}\n`).join('');

test('a bundle gives back what was written, and verifies', () => {
  expect(isBundle(bundle)).toBe(true);
  const read = readBundle(bundle, verifyEd25519);
  expect(read).toMatchObject({ ok: true, value: { header: { workspace: world.genesis.hash, by: keyOf('host') } } });
  expect(read.ok && read.value.frames).toEqual(world.frames());
  const report = verified(bundle);
  expect(report).toMatchObject({
    ok: true,
    failure: null,
    organisation: 'Håndværk',
    fingerprint: world.genesis.hash,
    trusted: false,
    by: keyOf('host'),
    rooms: [{ ok: true, room: ROOM, voids: [] }],
    texts: { documents: 1, batches: 5 },
  });
  expect(bundleText(report)).toMatch(/^OK: 1 rooms verified/);
  expect(bundleText(report)).toContain('5 signed batches of 1 documents');
});

test('a bundle of nothing but the genesis verifies, and one without it does not', () => {
  expect(resigned(world, [eventsFrame('workspace', [world.genesis])])).toMatchObject({ ok: true, rooms: [] });
  expect(resigned(world, [])).toMatchObject({ ok: false, failure: { reason: 'NoGenesis' } });
});

describe('whatever is changed of it', () => {
  const SEED = 20_261;
  const POSITIONS = 800;

  test('no byte of it can be another one', () => {
    const random = createRandom(SEED);
    const bytes = new TextEncoder().encode(bundle);
    const last = bytes.length - (lines.at(-1)?.length ?? 0);
    const sampled = Array.from({ length: POSITIONS }, () => Math.floor(random() * bytes.length));
    // Of the manifest and its signature every third, beside those.
    for (let at = last; at < bytes.length; at += 3) sampled.push(at);
    sampled.push(0, bytes.length - 1);
    for (const at of sampled) {
      const changed = bytes.slice();
      changed[at] = ((bytes[at] ?? 0) + 1 + Math.floor(random() * 255)) % 256;
      expect({ seed: SEED, at, ok: verified(new TextDecoder().decode(changed)).ok }).toMatchObject({ ok: false });
    }
  });

  test('it cannot be cut anywhere, nor anything be put in', () => {
    const random = createRandom(SEED);
    for (let turn = 0; turn < 150; turn += 1) {
      const at = Math.floor(random() * bundle.length);
      const more = String.fromCharCode(Math.floor(random() * 128));
      for (const text of [bundle.slice(0, at), bundle.slice(0, at) + more + bundle.slice(at)])
        expect({ seed: SEED, at, more, ok: verified(text).ok }).toMatchObject({ ok: false });
    }
  });

  test('every line counts, and its place', () => {
    const without = (at: number) => fileOf(lines.toSpliced(at, 1));
    for (const at of lines.keys()) {
      expect(verified(without(at)).ok).toBe(false);
      expect(verified(fileOf(lines.toSpliced(at, 0, lines[at] ?? ''))).ok).toBe(false);
      for (const with_ of lines.keys()) {
        const swapped = lines.with(at, lines[with_] ?? '').with(with_, lines[at] ?? '');
        if (at !== with_) expect(verified(fileOf(swapped)).ok).toBe(false);
      }
    }
    expect(verified(without(0)).failure).toEqual({ line: 1, reason: 'NotABundle' });
    expect(verified(without(2)).failure).toEqual({ line: lines.length - 1, reason: 'ManifestDiffers' });
    expect(verified(without(lines.length - 1)).failure).toEqual({ line: lines.length - 1, reason: 'NoManifest' });
  });

  test('lines that are no frames, and frames that carry nothing, are named with their place', () => {
    const put = (line: string) => verified(fileOf(lines.toSpliced(2, 0, line))).failure;
    expect(put('{"kind":"ready"}')).toEqual({ line: 3, reason: 'NotAFrame' });
    expect(put('{"kind":"nothing"}')).toEqual({ line: 3, reason: 'NotAFrame' });
    expect(put('{"kind": "ready"}')).toEqual({ line: 3, reason: 'NotCanonicalJson' });
    expect(put('')).toEqual({ line: 3, reason: 'NotCanonicalJson' });
    expect(put('['.repeat(50_000))).toEqual({ line: 3, reason: 'NotCanonicalJson' });
    expect(put('['.repeat(50_000) + ']'.repeat(50_000))?.line).toBe(3);
    expect(put('"\\ud800"')).toEqual({ line: 3, reason: 'NotCanonicalJson' });
    expect(verified(bundle.slice(0, -1)).failure).toEqual({ line: lines.length, reason: 'NoFinalNewline' });
    for (const text of ['', '\n', 'null\n', '{"bundle":', 'what is this', '\u0000\n'])
      expect(verified(text)).toMatchObject({ ok: false, fingerprint: null });
  });

  test('two bundles cannot be put together', () => {
    const later = written(world, world.frames().slice(0, 2)).split('\n').slice(0, -1);
    expect(verified(fileOf([...lines.slice(0, -1), later.at(-1) ?? ''])).failure?.reason).toBe('ManifestDiffers');
    expect(verified(fileOf([...lines, ...lines])).ok).toBe(false);
    expect(written(aWorld())).toBe(bundle); // the same is written for the same, byte by byte
  });
});

describe('whoever signed it', () => {
  test('is a host of the workspace: the one that founded it, or another', () => {
    expect(verified(written(world, world.frames(), 'relay'))).toMatchObject({ ok: true, by: keyOf('relay') });
  });

  test('is no stranger, and nobody in person', () => {
    for (const by of ['stranger', 'cora', 'ada', 'recovery', 'restore'])
      expect(verified(written(world, world.frames(), by))).toMatchObject({
        ok: false,
        failure: { line: 1, reason: 'ByStranger' },
        by: keyOf(by),
        rooms: [],
      });
  });

  test('is the one that the header names', () => {
    const foreign = written(world, world.frames(), 'relay').split('\n').at(-2) ?? '';
    expect(verified(fileOf(lines.with(-1, foreign))).failure?.reason).toBe('ManifestDiffers');
  });

  test('is no host any more once it was retired', () => {
    const after = aWorld();
    after.founds({ type: 'KeyRetired', key: keyOf('relay'), reason: 'lost', cuts: [] });
    expect(verified(written(after, after.frames(), 'relay')).failure?.reason).toBe('ByStranger');
    expect(verified(written(after))).toMatchObject({ ok: true });
  });
});

test('against the fingerprint that one trusts, and against another', () => {
  expect(verified(bundle, world.genesis.hash)).toMatchObject({ ok: true, trusted: true, rooms: [{ trusted: true }] });
  const wrong = verified(bundle, world.roster.hash);
  expect(wrong).toMatchObject({ ok: false, trusted: false, failure: { reason: 'OtherWorkspace' } });
  expect(verified(bundle, '').ok).toBe(false);
  expect(bundleText(verified(bundle, world.genesis.hash))).toContain('the one you trust');
});

test('a bundle that names another workspace than it begins with is refused', () => {
  const text = writeBundle({ workspace: world.roster.hash, at: AT }, world.frames(), signerOf('host'));
  expect(verified(text).failure).toEqual({ line: null, reason: 'NoGenesis' });
});

describe('also its own host cannot', () => {
  const [workspaceFrame, alarmFrame, roomFrame, ...texts] = world.frames() as [
    CarriedEvents,
    CarriedEvents,
    CarriedEvents,
    ...CarriedFrame[],
  ];
  const [first, second, third] = texts as [CarriedFrame, CarriedFrame, CarriedFrame];
  const faultOf = (...frames: readonly CarriedFrame[]) => resigned(world, frames).failure?.reason;

  test('leave out, double or turn round what is behind one another', () => {
    expect(faultOf(workspaceFrame, roomFrame)).toBe('UnknownParent');
    expect(faultOf(workspaceFrame, roomFrame, alarmFrame)).toBe('UnknownParent');
    expect(faultOf(workspaceFrame, alarmFrame, alarmFrame)).toBe('Repeated');
    const [genesis, , ...rest] = workspaceFrame.events;
    if (!genesis) throw new Error('there is a genesis');
    expect(faultOf({ ...workspaceFrame, events: [genesis, ...rest] })).toBe('Gap');
    expect(faultOf({ ...workspaceFrame, events: [genesis, ...rest.toReversed()] })).toBe('Gap');
    expect(faultOf({ ...workspaceFrame, events: [genesis] }, alarmFrame)).toBe('UnknownWorkspaceEvent');
    expect(faultOf(alarmFrame, workspaceFrame, roomFrame, ...texts)).toBeUndefined(); // in any order of the logs
  });

  test('change what others signed, or put it elsewhere', () => {
    const [alarm] = alarmFrame.events;
    if (!alarm) throw new Error('there is an alarm');
    expect(faultOf(workspaceFrame, { ...alarmFrame, events: [{ ...alarm, body: { what: 'Nothing' } }] })).toBe(
      'BodyChanged',
    );
    const signature = roomFrame.events[0]?.envelope.signature ?? alarm.envelope.signature;
    const forged = { ...alarm, envelope: { ...alarm.envelope, signature } };
    expect(faultOf(workspaceFrame, { ...alarmFrame, events: [forged] })).toBe('BadSignature');
    expect(faultOf(workspaceFrame, { ...alarmFrame, log: RoomId.parse('another-room') })).toBe('WrongLog');
  });

  test('leave a batch of words out in the middle, or turn them round', () => {
    const events = [workspaceFrame, alarmFrame, roomFrame];
    expect(faultOf(...events, first, third)).toBe('TextBroken');
    expect(faultOf(...events, second, third)).toBe('TextBroken');
    expect(faultOf(...events, second, first)).toBe('TextBroken');
    // That there were more at the end nobody can know.
    expect(resigned(world, [...events, first, second])).toMatchObject({ ok: true, texts: { batches: 2 } });
  });

  test('bring words of another workspace, or words that were changed', () => {
    const [foreign] = writtenBy('host', world.roster.hash, NOTES, ['Elsewhere']);
    const [batch, other] = world.words;
    if (!foreign || !batch || !other) throw new Error('something was written');
    const events = [workspaceFrame, alarmFrame, roomFrame];
    const withBatch = (one: TextBatch) => faultOf(...events, textFrame(one));
    expect(withBatch(batch)).toBeUndefined();
    expect(withBatch(foreign)).toBe('TextBroken');
    expect(withBatch({ ...batch, signature: other.signature })).toBe('TextBroken');
    expect(withBatch({ ...batch, data: new TextEncoder().encode('We know no') })).toBe('TextBroken');
    expect(withBatch({ ...batch, header: { ...batch.header, author: keyOf('relay') } })).toBe('TextBroken');
    expect(withBatch({ ...batch, header: { ...batch.header, document: 'workspace/notes' } })).toBe('TextBroken');
    expect(withBatch({ ...batch, data: batch.data.slice(1) })).toBe('TextBroken');
  });

  test('hang a batch behind one of another document, or of another host', () => {
    const [batch, next] = world.words;
    if (!batch || !next) throw new Error('something was written');
    const head = textHeadOf(batch);
    const about = { workspace: world.genesis.hash, head };
    const update = { at: AT, operatorId: id('wim'), deviceId: DeviceId.parse('device:desk'), data: Uint8Array.of(1) };
    const events = [workspaceFrame, alarmFrame, roomFrame, textFrame(batch)];
    const elsewhere = signTextBatch(signerOf('host'), { ...about, document: 'workspace/notes' }, [update]);
    const another = signTextBatch(signerOf('relay'), { ...about, document: NOTES }, [update]);
    expect(faultOf(...events, textFrame(elsewhere))).toBe('TextBroken');
    expect(faultOf(...events, textFrame(another))).toBe('TextBroken');
    const fork = signTextBatch(signerOf('host'), { ...about, document: NOTES }, [update]);
    expect(faultOf(...events, textFrame(next), textFrame(fork))).toBeUndefined(); // a host that forked proves it so
  });
});

test('a room of somebody who forked verifies, and shows what counts for nothing', () => {
  const forked = aWorld();
  const left = forked.does('cora', statementStarted());
  const right = forked.does('cora', statementStarted({ title: 'Another' }), { after: forked.declaration });
  const report = verified(written(forked));
  expect(report).toMatchObject({ ok: true, failure: null });
  const voids = [left, right].map(({ hash }) => ({ hash, type: 'StatementStarted', reason: { type: 'Forked' } }));
  expect(report.rooms[0]?.voids).toMatchObject(voids);
  expect(bundleText(report).match(/Void at line \d+: StatementStarted: \S+/g)).toHaveLength(2);
});

test('of a revoked key the report shows what lies beyond the cut, in the workspace and in a room', () => {
  const revoked = aWorld();
  const { hash, envelope } = revoked.declaration;
  revoked.founds({
    type: 'KeyRetired',
    key: keyOf('cora'),
    reason: 'stolen',
    cuts: [{ log: ROOM, seq: envelope.seq, hash }],
  });
  const meant: WorkspaceEvent = { type: 'WatchQueryRemoved', watchQueryId: WatchQueryId.parse('w') };
  revoked.workspace.sign('cora', meant, { seen: [revoked.roster] });
  revoked.does('cora', statementStarted());
  const report = verified(written(revoked));
  expect(report.ok).toBe(true);
  expect(report.rooms[0]?.voids.map(({ type, reason }) => `${type} ${reason.type}`)).toEqual([
    'WatchQueryRemoved BeyondCut',
    expect.stringMatching(/^StatementStarted /),
  ]);
  for (const line of bundleText(report).matchAll(/Void at line .*: (.*)/g)) expect(line[1]?.length).toBeGreaterThan(10);
});

test('a room that does not hold is named as such, and why', () => {
  const crooked = aWorld();
  const other = signedByHand(RoomId.parse('another-room'), T0);
  const place = { workspace: [crooked.roster] };
  other.sign('cora', declared({ chain: chain.map((one) => ({ ...one, certifies: 'Nothing.' })) }), place);
  const frames = [...crooked.frames(), eventsFrame(RoomId.parse('another-room'), other.events)];
  const report = resigned(crooked, frames);
  expect(report).toMatchObject({ ok: false, failure: { line: null, reason: 'RoomBroken' }, texts: { batches: 5 } });
  expect(report.rooms.map(({ room, failure }) => [room, failure?.reason])).toEqual([
    [ROOM, undefined],
    ['another-room', 'ChainNotPlanned'],
  ]);
  expect(bundleText(report)).toContain('other steps of sign-off');
});

test('every fault has a sentence of its own', () => {
  const faults = {
    NotABundle: true,
    NoFinalNewline: true,
    NotCanonicalJson: true,
    NotAFrame: true,
    NoManifest: true,
    BadManifestSignature: true,
    ManifestDiffers: true,
    WrongLog: true,
    BadSignature: true,
    BodyChanged: true,
    Repeated: true,
    Gap: true,
    WrongPrevious: true,
    UnknownParent: true,
    TimeNotAboveParents: true,
    UnknownWorkspaceEvent: true,
    NoGenesis: true,
    OtherWorkspace: true,
    ByStranger: true,
    TextBroken: true,
    RoomBroken: true,
  } satisfies Record<BundleFault, true>;
  const sentences = Object.keys(faults).map((fault) => bundleFaultText(fault as BundleFault));
  for (const sentence of sentences) expect(sentence).toMatch(/^\w.{15,}[^.]$/);
  expect(new Set(sentences).size).toBe(sentences.length);
  const report = verified(fileOf(lines.toSpliced(2, 1)));
  expect(bundleText(report)).toBe(
    `FAILED at line ${String(lines.length - 1)}: ${bundleFaultText('ManifestDiffers')}.\n`,
  );
});
