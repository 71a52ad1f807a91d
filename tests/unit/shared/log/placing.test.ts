import { expect, test } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import type { Envelope, StoredEvent } from '../../../../shared/log/envelope.ts';
import { placingOf } from '../../../../shared/log/placing.ts';
import { ROOM, signerOf } from '../../../support/log-fixtures.ts';
import { createMemoryEventLog } from '../../../support/memory-event-log.ts';
import { headOf, signOn } from '../../../support/random-events.ts';

const [anna, bea] = [signerOf('anna'), signerOf('bea')];
const w1 = signOn('workspace', anna, [], 10);
const w2 = signOn('workspace', anna, [w1], 11);
const a1 = signOn(ROOM, anna, [], 100);
const a2 = signOn(ROOM, anna, [a1], 110);
const b1 = signOn(ROOM, bea, [a1], 120);

function logOf(...events: readonly StoredEvent[]) {
  const log = createMemoryEventLog(events[0]?.envelope.log ?? ROOM);
  log.receive(events, instant(1_000));
  return log;
}

const workspace = logOf(w1);

/** Where `event` fits, with some of its envelope changed, into a room of a1, a2 and b1. */
function placing(event: StoredEvent, change: Partial<Envelope> = {}, room = logOf(a1, a2, b1)) {
  return placingOf({ ...event.envelope, ...change }, event.hash, room, workspace);
}

const a3 = signOn(ROOM, anna, [a2, b1], 130);

test('an event after all its parents fits; one that is held is held', () => {
  expect(placing(a3)).toEqual({ type: 'Fits', isFork: false });
  expect(placing(a2)).toEqual({ type: 'Held' });
  expect(placing(a1, {}, logOf())).toEqual({ type: 'Fits', isFork: false });
});

test('an event whose number is taken fits, and is a fork', () => {
  expect(placing(signOn(ROOM, anna, [a1], 115))).toEqual({ type: 'Fits', isFork: true });
  expect(placing(signOn(ROOM, bea, [], 115))).toEqual({ type: 'Fits', isFork: true });
  const longer = signOn(ROOM, anna, [signOn(ROOM, anna, [a1], 115)], 116);
  const behind = signOn(ROOM, anna, [longer], 117);
  const room = logOf(a1, a2, signOn(ROOM, anna, [a1], 115), longer);
  expect(placing(behind, {}, room)).toEqual({ type: 'Fits', isFork: false });
  expect(placing(a3, {}, logOf(a1, a2, b1, signOn(ROOM, anna, [a1], 115)))).toEqual({ type: 'Fits', isFork: false });
});

test('another log’s event never fits', () => {
  expect(placing(w1)).toEqual({ type: 'Never', why: 'WrongLog' });
});

test('the first event names none before it, every other names one', () => {
  expect(placing(a3, { previous: null })).toEqual({ type: 'Never', why: 'WrongPrevious' });
  expect(placing(a3, { seq: 1 })).toEqual({ type: 'Never', why: 'WrongPrevious' });
});

test('it waits for the first parent that is not here: its author’s own, or one that it has seen', () => {
  expect(placing(a3, {}, logOf(a1, b1))).toEqual({ type: 'Waits', for: headOf(a2), log: 'own' });
  expect(placing(a3, {}, logOf(a1, a2))).toEqual({ type: 'Waits', for: headOf(b1), log: 'own' });
  expect(placing(a3, {}, logOf())).toEqual({ type: 'Waits', for: headOf(a2), log: 'own' });
});

test('a parent that is another author’s, or has another number, than it says is no parent', () => {
  const wrong = { type: 'Never', why: 'WrongParent' };
  expect(placing(a3, { previous: b1.hash }), 'another author’s').toEqual(wrong);
  expect(placing(a3, { seq: 4 }), 'a gap').toEqual(wrong);
  expect(placing(a3, { seen: [{ ...headOf(b1), seq: 2 }] })).toEqual(wrong);
  expect(placing(a3, { seen: [{ ...headOf(b1), author: signerOf('carl').publicKey }] })).toEqual(wrong);
  expect(placing(a3, { seen: [headOf(a1)] }), 'its own author’s').toEqual(wrong);
});

test('a time that is not above every parent’s never fits', () => {
  const never = { type: 'Never', why: 'TimeNotAboveParents' };
  expect(placing(a3, { time: b1.envelope.time })).toEqual(never);
  expect(placing(a3, { time: a1.envelope.time })).toEqual(never);
  expect(placing(a3, { time: { ...b1.envelope.time, counter: 1 } })).toEqual({ type: 'Fits', isFork: false });
});

test('it waits for the workspace events that it relies on; one that is not what it says is none', () => {
  expect(placing(a3, { workspace: [headOf(w1)] })).toEqual({ type: 'Fits', isFork: false });
  expect(placing(a3, { workspace: [headOf(w1), headOf(w2)] })).toEqual({
    type: 'Waits',
    for: headOf(w2),
    log: 'workspace',
  });
  expect(placing(a3, { workspace: [{ ...headOf(w1), seq: 2 }] })).toEqual({ type: 'Never', why: 'WrongParent' });
});

test('an event of the workspace’s own log relies on nothing beside it', () => {
  const relies = { ...w2.envelope, workspace: [headOf(w1)] };
  expect(placingOf(relies, w2.hash, workspace, workspace)).toEqual({ type: 'Never', why: 'WrongParent' });
  expect(placingOf(w2.envelope, w2.hash, workspace, workspace)).toEqual({ type: 'Fits', isFork: false });
});
