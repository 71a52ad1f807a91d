import type { Instant, Sha256Hex } from '../../shared/base/ids.ts';
import { formatDayTime, formatDuration, formatMinute } from '../../shared/base/format.ts';
import { MOST_AHEAD_MS } from '../../shared/log/hybrid-time.ts';

/** An entry that took longer than this to get here was written apart from us, and says so. */
export const LATE_AFTER_MS = 60_000;

interface Arrived {
  readonly hash: Sha256Hex;
  readonly at: Instant;
  readonly arrivedAt?: Instant;
}

export type ArrivalMark =
  | { readonly kind: 'late'; readonly at: Instant; readonly arrivedAt: Instant }
  /** Its time was further ahead of ours, when it arrived, than any clock should be. */
  | { readonly kind: 'ahead'; readonly at: Instant; readonly arrivedAt: Instant };

/** What is to be said about how an entry came here; null for what was written here, or came as it was written. */
export function arrivalMark({ at, arrivedAt }: Pick<Arrived, 'at' | 'arrivedAt'>): ArrivalMark | null {
  if (arrivedAt === undefined) return null;
  if (arrivedAt - at > LATE_AFTER_MS) return { kind: 'late', at, arrivedAt };
  return at - arrivedAt > MOST_AHEAD_MS ? { kind: 'ahead', at, arrivedAt } : null;
}

/** `recorded 14:02, arrived 14:31`; with the day where that is another one. */
export function arrivalWords({ kind, at, arrivedAt }: ArrivalMark, timeZone?: string): string {
  if (kind === 'ahead')
    return `its clock was ${formatDuration(at - arrivedAt)} ahead of ours: it arrived ${formatMinute(arrivedAt, timeZone)}`;
  const sameDay = dayOf(at, timeZone) === dayOf(arrivedAt, timeZone);
  const said = sameDay ? formatMinute : formatDayTime;
  return `recorded ${said(at, timeZone)}, arrived ${said(arrivedAt, timeZone)}`;
}

/**
 * The late entries among `after` that stand before something which was in `before`: they landed in the middle of what
 * people had read already. Oldest first. What merely arrived out of step by a moment is not among them.
 */
export function landedAmong(before: readonly Arrived[], after: readonly Arrived[]): readonly Sha256Hex[] {
  const known = new Set(before.map(({ hash }) => hash));
  const edge = after.findLastIndex(({ hash }) => known.has(hash));
  return after
    .slice(0, edge + 1)
    .filter((one) => !known.has(one.hash) && arrivalMark(one)?.kind === 'late')
    .map(({ hash }) => hash);
}

function dayOf(at: number, timeZone?: string): string {
  return formatDayTime(at, timeZone).split(',')[0] ?? '';
}
