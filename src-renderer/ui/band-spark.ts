import { gapsOf, type RatePoint, type Stretch } from './rate-points.ts';

/** What a small multiple shows: an hour against its normal band, what is not known, and what is marked. */
export interface BandSpark {
  /** Oldest first, one a step. */
  readonly points: readonly RatePoint[];
  readonly stepMs: number;
  /** The last step is not over: its count can only grow. */
  readonly running: boolean;
  /** Where the alarm or the spike began; `urgent` while nobody has answered. */
  readonly alarm: { readonly at: number; readonly urgent: boolean } | null;
  /** Stretches in which people expect a peak. */
  readonly peaks: readonly Stretch[];
}

export const BAND_SPARK_COLOURS = [
  'chart-count', 'chart-expected', 'chart-band', 'chart-hatch', 'chart-peak', 'chart-grid', 'alarm-border', 'warning-border', 'text-muted',
] as const; // prettier-ignore
export type BandSparkColours = Record<(typeof BAND_SPARK_COLOURS)[number], string>;

const TOP = 4;
const BOTTOM = 3;
/** Room right of the last step, so that the present is a place of its own. */
const RIGHT = 6;

/** Draws it on a cleared context that is scaled to CSS pixels. */
export function drawBandSpark(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  spark: BandSpark,
  colours: BandSparkColours,
): void {
  const { points, stepMs } = spark;
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return;
  const from = first.at;
  const span = Math.max(stepMs, last.at - from);
  const x = (at: number): number => ((at - from) / span) * (width - RIGHT);
  let most = 1;
  for (const { count, upper } of points) most = Math.max(most, count ?? 0, upper ?? 0);
  const floor = height - BOTTOM;
  const y = (count: number): number => floor - (count / most) * (floor - TOP);

  context.fillStyle = colours['chart-peak'];
  for (const peak of spark.peaks) {
    const left = Math.max(0, x(peak.from));
    const right = Math.min(width, x(peak.to));
    if (right > left) context.fillRect(left, 0, right - left, height);
  }

  context.fillStyle = colours['chart-band'];
  drawBand(context, points, x, y);
  context.strokeStyle = colours['chart-grid'];
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, floor + 0.5);
  context.lineTo(width, floor + 0.5);
  context.stroke();

  context.strokeStyle = colours['chart-expected'];
  context.setLineDash([3, 3]);
  drawLine(context, points, x, y, 'expected');
  context.setLineDash([]);

  context.strokeStyle = colours['chart-hatch'];
  for (const gap of gapsOf(points, stepMs))
    hatch(context, Math.max(0, x(gap.from)), Math.min(width, x(gap.to)), height);

  if (spark.alarm !== null) {
    const at = Math.min(width - 1, Math.max(1, x(spark.alarm.at)));
    context.strokeStyle = colours[spark.alarm.urgent ? 'alarm-border' : 'warning-border'];
    context.fillStyle = context.strokeStyle;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(at, 0);
    context.lineTo(at, height);
    context.stroke();
    context.beginPath(); // a flag, so that it is not only a colour
    context.moveTo(at, 0);
    context.lineTo(at + (at > width - 10 ? -8 : 8), 4);
    context.lineTo(at, 8);
    context.fill();
  }

  context.strokeStyle = colours['chart-count'];
  context.lineWidth = 1.75;
  context.lineJoin = 'round';
  const said = saidPoints(spark);
  drawLine(context, said, x, y, 'count');
  const newest = said.at(-1);
  if (!newest || newest.count === null) return;
  context.fillStyle = colours['chart-count'];
  context.beginPath();
  context.arc(x(newest.at), y(newest.count), 3, 0, 2 * Math.PI);
  context.fill();
}

/** A step under way would look like a fall to nothing: it is drawn from when it says more than the one before. */
export function saidPoints({ points, running }: Pick<BandSpark, 'points' | 'running'>): readonly RatePoint[] {
  const last = points.at(-1);
  const before = points.at(-2);
  if (!running || !last || !before || last.count === null || before.count === null) return points;
  return last.count > before.count ? points : points.slice(0, -1);
}

function drawBand(
  context: CanvasRenderingContext2D,
  points: readonly RatePoint[],
  x: (at: number) => number,
  y: (count: number) => number,
): void {
  const known = points.filter((point) => point.upper !== null && point.lower !== null);
  if (known.length < 2) return;
  context.beginPath();
  for (const point of known) context.lineTo(x(point.at), y(point.upper ?? 0));
  for (const point of known.toReversed()) context.lineTo(x(point.at), y(point.lower ?? 0));
  context.fill();
}

function drawLine(
  context: CanvasRenderingContext2D,
  points: readonly RatePoint[],
  x: (at: number) => number,
  y: (count: number) => number,
  what: 'count' | 'expected',
): void {
  context.beginPath();
  let drawing = false;
  for (const point of points) {
    const value = point[what];
    if (value !== null) {
      if (drawing) context.lineTo(x(point.at), y(value));
      else context.moveTo(x(point.at), y(value));
    }
    drawing = value !== null;
  }
  context.stroke();
}

function hatch(context: CanvasRenderingContext2D, left: number, right: number, height: number): void {
  if (right - left < 1) return;
  context.save();
  context.beginPath();
  context.rect(left, 0, right - left, height);
  context.clip();
  context.lineWidth = 1;
  context.beginPath();
  for (let at = left - height; at < right; at += 6) {
    context.moveTo(at, height);
    context.lineTo(at + height, 0);
  }
  context.stroke();
  context.restore();
}
