import type { Alarm } from '../../../shared/domain/alarm/alarm.ts';
import type { Recorded } from '../../../shared/domain/roster/actor.ts';
import type { AnyRoomEvent } from '../../../shared/domain/room/room.ts';
import { formatCount } from '../../../shared/base/format.ts';

type Spike = Extract<AnyRoomEvent, { readonly type: 'SpikeDetected' }>;

/** What an alarm says: how much against what is normal (null where nothing was counted), and one sentence why. */
export interface AlarmWords {
  readonly count: string | null;
  readonly why: string;
}

/** Both from the newest spike in the log, so that they speak of the same minutes; else what the alarm itself says. */
export function alarmWords(
  alarm: Exclude<Alarm, { readonly phase: 'none' }>,
  events: readonly Recorded<AnyRoomEvent>[],
): AlarmWords {
  const spike = events.findLast((recorded): recorded is Recorded<Spike> => recorded.event.type === 'SpikeDetected');
  if (!spike) return { count: null, why: alarm.why };
  // A post that goes viral is another reason than the count beside it.
  return { count: againstNormal(spike.event), why: alarm.cause === 'spike' ? spike.event.sentence : alarm.why };
}

function againstNormal(spike: Spike): string {
  const minutes = Math.round(spike.windowMs / 60_000);
  const times = spike.expected >= 1 ? `, ${formatCount(spike.observed / spike.expected)} times as many` : '';
  return (
    `${formatCount(spike.observed)} mentions in ${minutes} min. ` +
    `Normal is ${formatCount(spike.expected)} (${formatCount(spike.lower)} to ${formatCount(spike.upper)})${times}.`
  );
}
