import { instant, type Instant } from '../../shared/base/ids.ts';
import type { Recorded } from '../../shared/domain/roster/actor.ts';
import type { AnyRoomEvent } from '../../shared/domain/room/room.ts';

// A replay moves in whole seconds, given as ms since 1970.

const SECOND_MS = 1000;

/** The second that an instant lies in. */
export function secondOf(at: number): number {
  return Math.floor(at / SECOND_MS) * SECOND_MS;
}

/** The last instant of a second: what a second shows is everything that was recorded until then. */
export function endOfSecond(second: number): Instant {
  return instant(second + SECOND_MS - 1);
}

/** T0 where it is before the first event: the storm was there before anybody was called. 0 for an empty log. */
export function firstSecond(events: readonly Recorded<AnyRoomEvent>[]): number {
  const first = events[0]?.at ?? 0;
  const alarm = events.find(({ event }) => event.type === 'AlarmRaised')?.event;
  return secondOf(alarm?.type === 'AlarmRaised' ? Math.min(first, alarm.t0) : first);
}

export function lastSecond(events: readonly Recorded<AnyRoomEvent>[]): number {
  return events.reduce((last, { at }) => Math.max(last, secondOf(at)), 0);
}

/** Where the cursor is, and the part of a second that has passed since it came there, in ms of the room's time. */
export interface Position {
  readonly at: number;
  readonly owedMs: number;
}

/** Lets `passedMs` of the watcher's time pass at a speed; not beyond `end`. */
export function playOn({ at, owedMs }: Position, passedMs: number, speed: number, end: number): Position {
  const owed = owedMs + passedMs * speed;
  const seconds = Math.floor(owed / SECOND_MS);
  return { at: Math.min(end, at + seconds * SECOND_MS), owedMs: owed - seconds * SECOND_MS };
}
