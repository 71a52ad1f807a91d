import { formatCount, formatMinute, formatShare } from '../../shared/base/format.ts';

/** One minute of a chart. `count` is null where the feeds were silent: no data is not zero. */
export interface RatePoint {
  /** Start of the minute, ms since 1970. */
  readonly at: number;
  readonly count: number | null;
  /** The normal band and its middle, in mentions per minute; null until there is a baseline. */
  readonly lower: number | null;
  readonly upper: number | null;
  readonly expected: number | null;
  /** Between 0 and 1; null where nothing was judged. */
  readonly negativeShare: number | null;
}

/** A moment on the time axis; `kind` gives its colour, `label` its word. */
export interface ChartMark {
  readonly at: number;
  readonly label: string;
  readonly kind: 'alarm' | 'yours' | 'done' | 'warning' | 'plain';
}

export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A stretch of time that has a name, such as a peak that people expect. */
export interface ChartZone extends Stretch {
  readonly label: string;
}

/** The stretches without data, in ms since 1970, `to` exclusive; `stepMs` is the width of one point. */
export function gapsOf(points: readonly RatePoint[], stepMs = 60_000): Stretch[] {
  const gaps: Stretch[] = [];
  let from: number | undefined;
  let previousAt: number | undefined;
  for (const point of points) {
    // A minute that is missing altogether is a gap as much as one that says null.
    if (previousAt !== undefined && from === undefined && point.at - previousAt > stepMs * 1.5)
      from = previousAt + stepMs;
    if (point.count === null) from ??= point.at;
    else if (from !== undefined) {
      gaps.push({ from, to: point.at });
      from = undefined;
    }
    previousAt = point.at;
  }
  if (from !== undefined && previousAt !== undefined) gaps.push({ from, to: previousAt + stepMs });
  return gaps;
}

/** Whether a chart of the one looks like a chart of the other. */
export function samePoints(before: readonly RatePoint[], after: readonly RatePoint[]): boolean {
  return sameRows(before, after, ['at', 'count', 'lower', 'upper', 'expected', 'negativeShare']);
}

export function sameMarks(before: readonly ChartMark[], after: readonly ChartMark[]): boolean {
  return sameRows(before, after, ['at', 'label', 'kind']);
}

export function sameZones(before: readonly ChartZone[], after: readonly ChartZone[]): boolean {
  return sameRows(before, after, ['from', 'to', 'label']);
}

function sameRows<Row>(before: readonly Row[], after: readonly Row[], parts: readonly (keyof Row)[]): boolean {
  if (before === after) return true;
  if (before.length !== after.length) return false;
  return before.every((row, index) => parts.every((part) => row[part] === after[index]?.[part]));
}

/** The points with an empty one inside every hole, so that a line is never drawn over minutes nobody saw. */
export function withHoles(points: readonly RatePoint[], stepMs = 60_000): RatePoint[] {
  const filled: RatePoint[] = [];
  for (const point of points) {
    const previous = filled.at(-1);
    if (previous && point.at - previous.at > stepMs * 1.5) {
      filled.push({
        at: previous.at + stepMs,
        count: null,
        lower: null,
        upper: null,
        expected: null,
        negativeShare: null,
      });
    }
    filled.push(point);
  }
  return filled;
}

/** The chart in words, for those who do not see it. */
export function rateSummary(points: readonly RatePoint[]): string {
  const seen = points.filter((point): point is RatePoint & { count: number } => point.count !== null);
  const last = seen.at(-1);
  if (!last) return 'No mentions have been counted yet.';
  const peak = seen.reduce((most, point) => (point.count > most.count ? point : most), last);
  const said = [`${formatCount(last.count)} mentions in the minute from ${formatMinute(last.at)}.`];
  if (last.expected !== null && last.lower !== null && last.upper !== null) {
    const where = last.count > last.upper ? 'above' : last.count < last.lower ? 'below' : 'within';
    said.push(
      `Normal is ${formatCount(last.expected)}, between ${formatCount(last.lower)} and ${formatCount(last.upper)}: ${where} the normal band.`,
    );
  }
  said.push(`Most were ${formatCount(peak.count)} at ${formatMinute(peak.at)}.`);
  if (last.negativeShare !== null) said.push(`${formatShare(last.negativeShare)} negative.`);
  for (const gap of gapsOf(points).slice(-3))
    said.push(`No data from ${formatMinute(gap.from)} to ${formatMinute(gap.to)}.`);
  return said.join(' ');
}
