import type { Recorded } from '../../../shared/domain/roster/actor.ts';
import type { AnyRoomEvent } from '../../../shared/domain/room/room.ts';
import { formatCount } from '../../../shared/base/format.ts';

/** How much against what is normal, from the newest spike in the log; null for an alarm that a person raised. */
export function againstNormal(events: readonly Recorded<AnyRoomEvent>[]): string | null {
  const spike = events.findLast(({ event }) => event.type === 'SpikeDetected')?.event;
  if (spike?.type !== 'SpikeDetected') return null;
  const minutes = Math.round(spike.windowMs / 60_000);
  const times = spike.expected >= 1 ? `, ${formatCount(spike.observed / spike.expected)} times as many` : '';
  return (
    `${formatCount(spike.observed)} mentions in ${minutes} min. ` +
    `Normal is ${formatCount(spike.expected)} (${formatCount(spike.lower)} to ${formatCount(spike.upper)})${times}.`
  );
}
