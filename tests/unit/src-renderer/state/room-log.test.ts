import { expect, test } from 'vitest';
import { type Instant, instant } from '../../../../shared/base/ids.ts';
import type { Recorded } from '../../../../shared/domain/roster/actor.ts';
import { type AnyRoomEvent, foldRoom } from '../../../../shared/domain/room/room.ts';
import type { RoomFeed } from '../../../../shared/protocol/views.ts';
import { emptyRoomLog, type RoomLog, takeFeed } from '../../../../src-renderer/state/room-log.ts';
import { approved, at, by, cora, lea, publishingRoom } from '../../../support/given.ts';

/** A page's log, and the way by which its host would push. */
function opened(): { readonly log: () => RoomLog; readonly push: (feed: RoomFeed) => void } {
  let log = emptyRoomLog;
  return { log: () => log, push: (feed) => void (log = takeFeed(log, feed)) };
}

const { events } = publishingRoom();
/** As it came from elsewhere, that long after it was written. */
const arrived = (one: Recorded<AnyRoomEvent>, afterMs: number): Recorded<AnyRoomEvent> => ({
  ...one,
  arrivedAt: instant(one.at + afterMs) satisfies Instant,
});
const LATE = 10 * 60_000;

function isFolded({ events: held, state, voids }: RoomLog): void {
  const folded = foldRoom(held);
  expect(state).toEqual(folded.state);
  expect(voids).toEqual(folded.voids);
}

test('the whole log, and then what follows it, give what a fold of all gives', () => {
  const { log, push } = opened();
  push({ from: 0, events: events.slice(0, 4) });
  push({ from: 4, events: events.slice(4) });
  expect(log().events).toEqual(events);
  expect(log().landed).toEqual([]);
  isFolded(log());
});

test('what lands in the middle takes its place there, whatever place it is', () => {
  for (let missing = 0; missing < events.length; missing += 1) {
    const { log, push } = opened();
    push({ from: 0, events: events.filter((_, index) => index !== missing) });
    push({ from: missing, events: events.slice(missing) });
    expect(log().events).toEqual(events);
    isFolded(log());
  }
});

test('an event that comes to count, or ends to, because of what landed before it, is judged anew', () => {
  const approval = events.findIndex(({ event }) => event.type === 'RevisionApproved');
  const { log, push } = opened();
  push({ from: 0, events: events.filter((_, index) => index !== approval) });
  expect(log().voids.size).toBeGreaterThan(0);
  push({ from: approval, events: events.slice(approval) });
  expect(log().voids.size).toBe(0);
});

test('a late entry among what was read is kept to be looked at, whatever follows', () => {
  const { log, push } = opened();
  push({ from: 0, events: events.filter((_, index) => index !== 3 && index !== 5) });
  const whole = events.map((one, index) => (index === 3 || index === 5 ? arrived(one, LATE) : one));
  push({ from: 3, events: whole.slice(3) });
  expect(log().landed).toEqual([whole[3]?.hash, whole[5]?.hash]);
  push({ from: whole.length, events: [] });
  expect(log().landed).toHaveLength(2);
});

test('what comes after everything, or out of step by a moment, asks nobody to look', () => {
  const { log, push } = opened();
  push({ from: 0, events: events.slice(0, -1).filter((_, index) => index !== 3) });
  push({ from: 3, events: events.slice(3, -1).map((one, index) => (index === 0 ? arrived(one, 200) : one)) });
  push({ from: events.length - 1, events: events.slice(-1).map((one) => arrived(one, LATE)) });
  expect(log().events).toHaveLength(events.length);
  expect(log().landed).toEqual([]);
});

test('after a lost line the host sends everything again, and what came meanwhile is told as ever', () => {
  const { log, push } = opened();
  push({ from: 0, events: events.filter((_, index) => index !== 3) });
  const whole = events.map((one, index) => (index === 3 ? arrived(one, LATE) : one));
  push({ from: 0, events: whole });
  expect(log().landed).toEqual([whole[3]?.hash]);
  push({ from: 0, events: whole });
  expect(log().landed).toEqual([whole[3]?.hash]);
});

test('an approval in another order of the same events is void, and says why', () => {
  const start = publishingRoom().events.slice(0, 5);
  const [legal, comms] = [by(lea, approved('legal'), at(3, 10)), by(cora, approved('comms'), at(3, 20))];
  const { log, push } = opened();
  const recorded = [legal, comms].map((deed, index) => ({
    index: start.length + index,
    hash: events[5 + index]?.hash ?? events[0]!.hash,
    at: deed.at ?? at(3),
    actor: deed.by,
    event: deed.event,
  }));
  push({ from: 0, events: [...start, ...recorded] });
  expect([...log().voids.values()]).toEqual([{ type: 'NotYourTurn', waitingFor: 'Communications' }]);
});
