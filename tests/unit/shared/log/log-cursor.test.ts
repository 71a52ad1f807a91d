import { expect, test } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import type { StoredEvent } from '../../../../shared/log/envelope.ts';
import { MOST_AHEAD_MS } from '../../../../shared/log/hybrid-time.ts';
import { createLogCursor } from '../../../../shared/log/log-cursor.ts';
import { ROOM, signerOf } from '../../../support/log-fixtures.ts';
import { headOf, signOn } from '../../../support/random-events.ts';

const [anna, bea, carl] = [signerOf('anna'), signerOf('bea'), signerOf('carl')];
const now = instant(1_000_000);
const far = now + MOST_AHEAD_MS + 1;

function cursorOf(...events: readonly StoredEvent[]) {
  const cursor = createLogCursor(ROOM);
  for (const { envelope, hash } of events) cursor.take(envelope, hash, 'elsewhere');
  return cursor;
}

test('the first event of a log stands on nothing', () => {
  expect(cursorOf().place(anna.publicKey, now, [])).toEqual({
    log: ROOM,
    seq: 1,
    time: { wall: now, counter: 0 },
    previous: null,
    seen: [],
    workspace: [],
  });
});

test('an event behind one that is not taken in yet names nothing again', () => {
  const workspaceHead = headOf(signOn('workspace', bea, [], 1));
  const first = signOn(ROOM, anna, [], Number(now));
  const cursor = cursorOf(signOn(ROOM, bea, [], 5));
  expect(cursor.place(anna.publicKey, now, [workspaceHead], first)).toEqual({
    log: ROOM,
    seq: 2,
    time: { wall: now, counter: 1 },
    previous: first.hash,
    seen: [],
    workspace: [],
  });
});

test('workspace heads are named by author, and never in the workspace’s own log', () => {
  const heads = [bea, anna].map((signer) => headOf(signOn('workspace', signer, [], 1)));
  const named = cursorOf().place(carl.publicKey, now, heads).workspace;
  expect(named).toEqual(heads.toSorted((a, b) => (a.author < b.author ? -1 : 1)));
  expect(createLogCursor('workspace').place(carl.publicKey, now, heads).workspace).toEqual([]);
});

test('what is asked without being signed changes nothing', () => {
  const cursor = cursorOf(signOn(ROOM, bea, [], 5), signOn(ROOM, carl, [], Number(far)));
  const place = cursor.place(anna.publicKey, now, []);
  expect(cursor.place(anna.publicKey, now, [])).toEqual(place);
  expect(place.seen).toHaveLength(1);
});

test('an own event that comes back from elsewhere, and is ahead, is still what the next one follows', () => {
  const lost = signOn(ROOM, anna, [], far);
  const cursor = cursorOf(lost, signOn(ROOM, bea, [], 5));
  const place = cursor.place(anna.publicKey, now, []);
  expect(place).toMatchObject({ seq: 2, previous: lost.hash, time: { wall: far, counter: 1 } });
  expect(place.seen).toHaveLength(1);
  expect(cursor.place(carl.publicKey, now, [])).toMatchObject({ time: { wall: now, counter: 0 } });
});

test('a time from outside raises the next one, unless it is ahead or below', () => {
  const cursor = cursorOf(signOn(ROOM, bea, [], Number(now)));
  cursor.raise({ wall: instant(5), counter: 9 });
  cursor.raise({ wall: instant(far), counter: 0 });
  expect(cursor.place(anna.publicKey, now, []).time).toEqual({ wall: now, counter: 1 });
  cursor.raise({ wall: instant(now + 7), counter: 3 });
  expect(cursor.place(anna.publicKey, now, []).time).toEqual({ wall: now + 7, counter: 4 });
  expect(cursor.place(anna.publicKey, instant(now + 1), []).time).toEqual({ wall: far, counter: 1 });
});

test('an author who forked gets no place', () => {
  const cursor = cursorOf(signOn(ROOM, anna, [], 5), signOn(ROOM, anna, [], 6));
  expect(() => cursor.place(anna.publicKey, now, [])).toThrow(/forked/);
  expect(cursor.place(bea.publicKey, now, []).seen).toHaveLength(2);
});

test('what is not held comes back once, as it was given; what does not fit is a bug of who gave it', () => {
  const b1 = signOn(ROOM, bea, [], 5);
  const [b2, c1] = [signOn(ROOM, bea, [b1], 6), signOn(ROOM, carl, [b1], 7)];
  const cursor = cursorOf(b1);
  const [first, second] = cursor.unheld([b1, c1, b2, { ...c1 }]);
  expect([first, second]).toEqual([c1, b2]);
  expect(first).toBe(c1);
  expect(() => cursor.unheld([signOn(ROOM, bea, [b2], 8)])).toThrow(/Waits/);
  expect(cursor.fits(b2)).toBe(true);
  expect(cursor.fits(b1)).toBe(false);
  expect(cursor.length).toBe(1);
});

test('that the workspace events are there is not this log’s to ask; in the workspace’s log nothing may rely on any', () => {
  const relied = headOf(signOn('workspace', bea, [], 1));
  const b1 = signOn(ROOM, bea, [], 5);
  expect(cursorOf().fits({ ...b1, envelope: { ...b1.envelope, workspace: [relied] } })).toBe(true);
  const w1 = signOn('workspace', bea, [], 5);
  expect(createLogCursor('workspace').fits(w1)).toBe(true);
  expect(createLogCursor('workspace').fits({ ...w1, envelope: { ...w1.envelope, workspace: [relied] } })).toBe(false);
});
