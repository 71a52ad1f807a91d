import { expect, test } from 'vitest';
import { headsOf, verifyChain, type ChainFault } from '../../../../shared/log/chain.ts';
import { findForks } from '../../../../shared/log/forks.ts';
import type { Envelope, SignedEvent } from '../../../../shared/log/envelope.ts';
import { signEvent } from '../../../../shared/log/signing.ts';
import { verifyEd25519 } from '../../../../src-main/identity/ed25519.ts';
import { contextAt, ROOM, sampleRoom, signerOf } from '../../../support/log-fixtures.ts';

const { roomEvents, workspaceEvents } = sampleRoom(9);
const verify = (events: readonly SignedEvent[]) =>
  verifyChain({ log: ROOM, events, verifier: verifyEd25519, workspace: workspaceEvents });

function faultAt(index: number, fault: ChainFault) {
  return { ok: false, error: expect.objectContaining({ type: 'ChainBroken', index, fault }) as unknown };
}

/** The event at `index` signed anew by its own author, with some of its envelope changed: an insider's forgery. */
function resigned(index: number, change: Partial<Envelope>): readonly SignedEvent[] {
  const { envelope, body, salt } = roomEvents[index]!;
  const signer = ['admin', 'writer', 'legal'].map(signerOf).find((each) => each.publicKey === envelope.author)!;
  const { v: _v, author: _author, bodyHash: _bodyHash, signature: _signature, ...place } = { ...envelope, ...change };
  return roomEvents.map((event, at) => (at === index ? signEvent(signer, place, body!, salt!).event : event));
}

test('a sound chain verifies and gets its hashes and indexes', () => {
  expect(verify(roomEvents)).toEqual({ ok: true, value: roomEvents });
  expect(verifyChain({ log: 'workspace', events: workspaceEvents, verifier: verifyEd25519 }).ok).toBe(true);
});

test('a redacted event still verifies', () => {
  const redacted = roomEvents.map((event, at) => (at === 4 ? { ...event, body: null, salt: null } : event));
  expect(verify(redacted)).toEqual({ ok: true, value: redacted });
});

test('every field of an envelope is under the signature', () => {
  const { envelope, body, salt } = roomEvents[5]!;
  const other = 'ab'.repeat(32);
  const changes: Record<string, unknown> = {
    author:
      signerOf('admin').publicKey === envelope.author ? signerOf('writer').publicKey : signerOf('admin').publicKey,
    seq: envelope.seq + 1,
    time: { ...envelope.time, counter: envelope.time.counter + 1 },
    previous: other,
    seen: [],
    workspace: [{ author: other, seq: 1, hash: other }],
    type: 'NoteTakem',
    signature: `00${envelope.signature.slice(2)}`,
  };
  for (const [name, value] of Object.entries(changes)) {
    const changed = { envelope: { ...envelope, [name]: value } as Envelope, body, salt };
    const events = roomEvents.map((event, at) => (at === 5 ? changed : event));
    expect(verify(events), name).toEqual(faultAt(5, 'BadSignature'));
  }
  const bodyChanged = roomEvents.map((event, at) => (at === 5 ? { ...event, body: { ...body, more: 1 } } : event));
  expect(verify(bodyChanged)).toEqual(faultAt(5, 'BodyChanged'));
  const inAnotherRoom = verifyChain({
    log: 'another-room' as typeof ROOM,
    events: roomEvents,
    verifier: verifyEd25519,
  });
  expect(inAnotherRoom).toEqual(faultAt(0, 'WrongLog'));
});

test('a missing, doubled or displaced event is named', () => {
  expect(verify(roomEvents.filter((_, at) => at !== 2))).toEqual(faultAt(2, 'UnknownParent'));
  expect(verify([roomEvents[0]!, roomEvents[0]!])).toEqual(faultAt(1, 'Repeated'));
  expect(verify([roomEvents[1]!, roomEvents[0]!])).toEqual(faultAt(0, 'UnknownParent'));
  expect(verify(roomEvents.slice(3))).toEqual(faultAt(0, 'Gap'));
});

test('what an author signs about its own place is judged, not believed', () => {
  const { envelope } = roomEvents[3]!;
  expect(verify(resigned(3, { previous: roomEvents[1]!.hash }))).toEqual(faultAt(3, 'WrongPrevious'));
  expect(verify(resigned(3, { time: roomEvents[2]!.envelope.time }))).toEqual(faultAt(3, 'TimeNotAboveParents'));
  expect(verify(resigned(3, { seq: envelope.seq + 1 }))).toEqual(faultAt(3, 'Gap'));
  expect(verify(resigned(3, { previous: null }))).toEqual(faultAt(3, 'WrongPrevious'));
  const unknown = [{ author: envelope.author, seq: 9, hash: envelope.bodyHash }];
  expect(verify(resigned(3, { workspace: unknown }))).toEqual(faultAt(3, 'UnknownWorkspaceEvent'));
});

test('two events of one author with one number are a fork', () => {
  const first = roomEvents[0]!;
  const room = sampleRoom(0).room;
  const [second] = room.append(signerOf('admin'), [{ type: 'NoteTaken', body: { other: true } }], contextAt(99_000));
  expect(findForks([...roomEvents, second!])).toEqual([
    { author: first.envelope.author, seq: 1, events: [first, second] },
  ]);
  expect(findForks([...roomEvents, ...roomEvents])).toEqual([]);
  // Both branches are kept, and a chain that holds them is whole: what they void is the fold's to say.
  expect(verify([...roomEvents, second!]).ok).toBe(true);
});

test('heads are the newest event of every author', () => {
  expect(headsOf(roomEvents)).toEqual(sampleRoom(9).room.heads());
});
