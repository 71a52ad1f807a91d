import { formatCount, formatDayTime } from '../../../shared/base/format.ts';
import type { StormDetailView, StormPoint } from '../../../shared/protocol/views.ts';
import { visibleName } from '../../../shared/base/untrusted-text.ts';
import { type ChartMark, type ChartZone, gapsOf } from '../../ui/rate-points.ts';
import type { StackLayer, StackPoint } from '../../ui/stack-points.ts';
import { channelColours, MOST_LAYERS, REST } from './channel-colours.ts';

/** A storm's history as the large chart draws it. */
export interface StormStack {
  readonly layers: readonly StackLayer[];
  readonly points: readonly StackPoint[];
}

/** The largest channels as layers of their own, the rest together; minutes nobody covered have no count. */
export function stackOf(detail: Pick<StormDetailView, 'points' | 'channels'>): StormStack {
  const own = detail.channels.length > MOST_LAYERS + 1 ? detail.channels.slice(0, MOST_LAYERS) : detail.channels;
  const rest = detail.channels.slice(own.length);
  const names = rest.length > 0 ? [...own, REST] : own;
  const colours = channelColours(names);
  return {
    layers: names.map((name) => ({ name, colour: colours[name] ?? 'channel-6' })),
    points: detail.points.map((point) => ({
      at: point.at,
      count: point.covered ? point.count : null,
      expected: point.expected,
      lower: point.lower,
      upper: point.upper,
      negativeShare: point.covered ? point.negativeShare : null,
      reach: point.covered ? point.reach : null,
      parts: partsOf(point, own, rest),
    })),
  };
}

function partsOf(point: StormPoint, own: readonly string[], rest: readonly string[]): readonly number[] {
  const parts = own.map((name) => point.byChannel[name] ?? 0);
  return rest.length === 0 ? parts : [...parts, rest.reduce((sum, name) => sum + (point.byChannel[name] ?? 0), 0)];
}

/** On the chart a word has to do; the list below it has the whole of it. */
const MARKS = {
  alarm: { kind: 'alarm', label: 'alarm' },
  publication: { kind: 'done', label: 'published' },
  declared: { kind: 'yours', label: 'declared' },
  'stood-down': { kind: 'plain', label: 'stood down' },
} as const;

export function stormMarks(detail: Pick<StormDetailView, 'marks'>): readonly ChartMark[] {
  return detail.marks.map(({ at, kind }) => ({ at, ...MARKS[kind] }));
}

export function peakZones(detail: Pick<StormDetailView, 'expectedPeaks'>): readonly ChartZone[] {
  return detail.expectedPeaks.map(({ from, to, label }) => ({
    from,
    to,
    label: `expected: ${visibleName(label, 60)}`,
  }));
}

/** The chart in words, for those who do not see it. */
export function stackSummary({ layers, points }: StormStack, stepMs: number): string {
  const seen = points.filter((point) => point.count !== null);
  const last = seen.at(-1);
  if (!last) return 'No mentions have been counted in this time.';
  const total = seen.reduce((sum, point) => sum + (point.count ?? 0), 0);
  const peak = seen.reduce((most, point) => ((point.count ?? 0) > (most.count ?? 0) ? point : most), last);
  const by = layers.map(({ name }, layer) => {
    const count = seen.reduce((sum, point) => sum + (point.parts[layer] ?? 0), 0);
    return `${name} ${formatCount(count)}`;
  });
  const gaps = gapsOf(points, stepMs)
    .slice(-3)
    .map(({ from, to }) => `No data from ${formatDayTime(from)} to ${formatDayTime(to)}.`);
  return [
    `${formatCount(total)} mentions: ${by.join(', ')}.`,
    `Most were ${formatCount(peak.count ?? 0)} from ${formatDayTime(peak.at)}.`,
    ...gaps,
  ].join(' ');
}
