import type { RatePoint as SeenPoint, StormView } from '../../../shared/protocol/views.ts';
import { formatCount, formatShare } from '../../../shared/base/format.ts';
import type { RatePoint } from '../../ui/rate-points.ts';

/** The series as the chart draws it: a minute nobody covered has no count, which is not zero. */
export function chartPoints(series: readonly SeenPoint[]): RatePoint[] {
  return series.map((point) => ({
    at: point.at,
    count: point.covered ? point.count : null,
    expected: point.expected,
    lower: point.lower,
    upper: point.upper,
    negativeShare: point.covered ? point.negativeShare : null,
  }));
}

/** `412 in 5 min`. */
export function countWords(storm: StormView): string {
  return `${formatCount(storm.observed)} in ${Math.round(storm.windowMs / 60_000)} min`;
}

/** What is normal, as short as it can be said: `22 to 57`. */
export function bandWords(storm: StormView): string {
  return `${formatCount(storm.lower)} to ${formatCount(storm.upper)}`;
}

/** How long one step of a chart is: `1 min`, `1 h`. */
export function stepWords(stepMs: number): string {
  const minutes = stepMs / 60_000;
  if (minutes < 1) return `${formatCount(stepMs / 1000)} s`;
  return minutes < 60 ? `${formatCount(minutes)} min` : `${formatCount(minutes / 60)} h`;
}

/** `normal 38 (22 to 57)`; honest where that is not known. */
export function normalWords(storm: StormView): string {
  if (storm.state === 'no-data') return 'no data, so nothing can be said';
  const range = `normal ${formatCount(storm.expected)} (${formatCount(storm.lower)} to ${formatCount(storm.upper)})`;
  return storm.state === 'learning' ? `${range}, still learning` : range;
}

export function negativeWords(storm: StormView): string {
  return storm.negativeShare === null ? 'negative share unknown' : `${formatShare(storm.negativeShare)} negative`;
}

/** `reach 41,000`, or that nobody knows: unknown is not small. */
export function reachWords(reach: number | null): string {
  return reach === null ? 'reach unknown' : `reach ${formatCount(reach)}`;
}

/** Spikes first, then by name: nothing moves while its state stays the same. */
export function monitorOrder(storms: readonly StormView[]): readonly StormView[] {
  const rank = (storm: StormView): number => (storm.state === 'spike' ? 0 : 1);
  return storms.toSorted((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name, 'en'));
}

export const STORM_STATES = {
  learning: { chip: 'plain', word: 'learning what is normal' },
  normal: { chip: 'done', word: 'normal' },
  spike: { chip: 'warning', word: 'spike' },
  'no-data': { chip: 'warning', word: 'no data' },
} as const;
