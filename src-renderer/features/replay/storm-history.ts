import type { Recorded } from '../../../shared/domain/roster/actor.ts';
import type { AnyRoomEvent } from '../../../shared/domain/room/room.ts';
import type { RatePoint } from '../../ui/rate-points.ts';

/**
 * The chart that these events hold: the minutes before the spike as the alarm brought them, then one sample
 * a minute. Only the watch query of the alarm, where there are several; a minute nobody covered has no count.
 */
export function stormHistory(events: readonly Recorded<AnyRoomEvent>[]): readonly RatePoint[] {
  const points = new Map<number, RatePoint>();
  const watched = watchedQuery(events);
  for (const { event } of events) {
    if (event.type === 'SpikeDetected' && event.watchQueryId === watched)
      for (const { at, count, expected, lower, upper, negativeShare } of event.history)
        points.set(at, { at, count, expected, lower, upper, negativeShare });
    if (event.type === 'RateSampled' && event.watchQueryId === watched) {
      const { from, covered, expected, lower, upper } = event;
      const count = covered ? event.count : null;
      points.set(from, {
        at: from,
        count,
        expected,
        lower,
        upper,
        negativeShare: covered ? event.negativeShare : null,
      });
    }
  }
  return [...points.values()].sort((one, other) => one.at - other.at);
}

function watchedQuery(events: readonly Recorded<AnyRoomEvent>[]): string | undefined {
  let sampled: string | undefined;
  for (const { event } of events) {
    if (event.type === 'SpikeDetected') return event.watchQueryId;
    if (event.type === 'RateSampled') sampled ??= event.watchQueryId;
  }
  return sampled;
}
