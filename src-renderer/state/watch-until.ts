import { instant, type Instant } from '../../shared/base/ids.ts';
import type { Recorded } from '../../shared/domain/roster/actor.ts';
import type { AnyRoomEvent } from '../../shared/domain/room/room.ts';

/** How long somebody may watch instead of answering, as it is chosen on the screen. */
export const WATCH_TIMES = [
  { value: '15', label: '15 minutes' },
  { value: '30', label: '30 minutes' },
  { value: '60', label: '1 hour' },
  { value: '120', label: '2 hours' },
  { value: 'worse', label: 'until it gets worse' },
] as const;
export type WatchTime = (typeof WATCH_TIMES)[number]['value'];

/** When a watch chosen at `now` rings again by itself; null is only when it gets worse. */
export function watchUntil(time: WatchTime, now: Instant): Instant | null {
  return time === 'worse' ? null : instant(now + Number(time) * 60_000);
}

/** A watch that is on: until when (null: until it gets worse), and why it was enough. */
export interface CurrentWatch {
  readonly until: Instant | null;
  readonly reason: string;
}

/** The watch that this log is in; null where none is on. */
export function currentWatch(events: readonly Recorded<AnyRoomEvent>[]): CurrentWatch | null {
  const last = events.findLast(({ event }) =>
    ['WatchChosen', 'WatchEnded', 'IncidentDeclared', 'IncidentStoodDown'].includes(event.type),
  )?.event;
  return last?.type === 'WatchChosen' ? { until: last.until ?? null, reason: last.reason } : null;
}
