// What stands over the lines of a plot: stretches without data, marked moments, stretches with a name.
import type uPlot from 'uplot';
import type { ChartMark, ChartZone, Stretch } from './rate-points.ts';

export const CHART_FONT = '12px "Inter Variable", system-ui, sans-serif';

export const OVERLAY_COLOURS = [
  'text', 'text-muted', 'surface', 'chart-hatch', 'chart-peak', 'alarm-border', 'yours-border', 'done-border', 'warning-border',
  'border-strong',
] as const; // prettier-ignore
export type OverlayColours = Record<(typeof OVERLAY_COLOURS)[number], string>;

/** Hatched, with the words: no data must never look like nothing happened. */
export function drawGaps(plot: uPlot, gaps: readonly Stretch[], colours: OverlayColours): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  for (const gap of gaps) {
    const { left, right } = edges(plot, gap);
    if (right - left < 1) continue;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, right - left, bbox.height);
    ctx.clip();
    ctx.strokeStyle = colours['chart-hatch'];
    ctx.lineWidth = ratio;
    ctx.beginPath();
    for (let at = left - bbox.height; at < right; at += 7 * ratio) {
      ctx.moveTo(at, bbox.top + bbox.height);
      ctx.lineTo(at + bbox.height, bbox.top);
    }
    ctx.stroke();
    if (right - left > 56 * ratio && bbox.height > 60 * ratio) {
      ctx.font = scaledFont(ratio);
      const words = 'no data';
      const wide = ctx.measureText(words).width + 8 * ratio;
      const middle = (left + right) / 2;
      ctx.fillStyle = colours.surface;
      ctx.fillRect(middle - wide / 2, bbox.top + 6 * ratio, wide, 16 * ratio);
      ctx.fillStyle = colours['text-muted'];
      ctx.textAlign = 'center';
      ctx.textBaseline = 'middle';
      ctx.fillText(words, middle, bbox.top + 14 * ratio);
    }
    ctx.restore();
  }
}

/** A quiet ground with its name at the top, below everything else. */
export function drawZones(plot: uPlot, zones: readonly ChartZone[], colours: OverlayColours, words: boolean): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  for (const zone of zones) {
    const { left, right } = edges(plot, zone);
    if (right - left < 1) continue;
    ctx.save();
    ctx.fillStyle = colours['chart-peak'];
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    if (words && right - left > 40 * ratio) {
      ctx.beginPath();
      ctx.rect(left, bbox.top, right - left, bbox.height);
      ctx.clip();
      ctx.font = scaledFont(ratio);
      ctx.fillStyle = colours['text-muted'];
      ctx.textAlign = 'left';
      ctx.textBaseline = 'top';
      ctx.fillText(zone.label, left + 4 * ratio, bbox.top + 4 * ratio);
    }
    ctx.restore();
  }
}

export interface MarkOptions {
  /** Whether the labels are written above the plot. */
  readonly words: boolean;
  /** A dashed line of its own, such as the moment of a replay. */
  readonly cursorAt?: number | undefined;
}

export function drawMarks(
  plot: uPlot,
  shown: readonly ChartMark[],
  colours: OverlayColours,
  { words, cursorAt }: MarkOptions,
): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const marks: (ChartMark & { dashed?: boolean })[] = [...shown];
  if (cursorAt !== undefined) marks.push({ at: cursorAt, label: '', kind: 'plain', dashed: true });
  ctx.save();
  ctx.font = scaledFont(ratio);
  ctx.textBaseline = 'bottom';
  let wordsEnd = -Infinity;
  for (const mark of marks.sort((one, other) => one.at - other.at)) {
    const x = plot.valToPos(mark.at / 1000, 'x', true);
    if (x < bbox.left - 1 || x > bbox.left + bbox.width + 1) continue;
    ctx.strokeStyle = mark.dashed
      ? colours.text
      : mark.kind === 'plain'
        ? colours['border-strong']
        : colours[`${mark.kind}-border`];
    ctx.lineWidth = (mark.dashed ? 1 : 2) * ratio;
    ctx.setLineDash(mark.dashed ? [3 * ratio, 3 * ratio] : []);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const wide = ctx.measureText(mark.label).width;
    const start = Math.min(Math.max(x - 2 * ratio, bbox.left), bbox.left + bbox.width - wide);
    // Words that would lie on each other are left out; every mark is also in a list.
    if (!words || mark.label === '' || start < wordsEnd + 6 * ratio) continue;
    ctx.fillStyle = colours.text;
    ctx.textAlign = 'left';
    ctx.fillText(mark.label, start, bbox.top - 3 * ratio);
    wordsEnd = start + wide;
  }
  ctx.restore();
}

function edges(plot: uPlot, { from, to }: Stretch): { readonly left: number; readonly right: number } {
  const { bbox } = plot;
  return {
    left: Math.max(bbox.left, plot.valToPos(from / 1000, 'x', true)),
    right: Math.min(bbox.left + bbox.width, plot.valToPos(to / 1000, 'x', true)),
  };
}

function scaledFont(ratio: number): string {
  return CHART_FONT.replace('12px', `${12 * ratio}px`);
}
