import uPlot from 'uplot';
import { formatMinute } from '../../shared/base/format.ts';
import { gapsOf, withHoles, type ChartMark, type RatePoint } from './rate-points.ts';
import { resolveColours } from './theme-version.svelte.ts';

/** What the two plots draw over their lines; read at every drawing, so that it may change without a new plot. */
export interface PlotOverlay {
  points: readonly RatePoint[];
  marks: readonly ChartMark[];
  cursorAt: number | undefined;
}

export const SHARE_HEIGHT = 64;
const AXIS_WIDTH = 44;
const FONT = '12px "Inter Variable", system-ui, sans-serif';

const colourNames = [
  'chart-count', 'chart-expected', 'chart-band', 'chart-negative', 'chart-grid', 'chart-hatch', 'text', 'text-muted',
  'surface', 'alarm-border', 'yours-border', 'done-border', 'warning-border', 'border-strong',
] as const; // prettier-ignore
type Colours = Record<(typeof colourNames)[number], string>;

export interface RatePlot {
  setData(points: readonly RatePoint[]): void;
  redraw(): void;
  setWidth(width: number, height: number): void;
  destroy(): void;
}

/** The count with its normal band above, the negative share below, one time axis. Colours are those of now. */
export function createRatePlot(node: HTMLElement, overlay: PlotOverlay, width: number, height: number): RatePlot {
  const colours = resolveColours(node, colourNames);
  const count = new uPlot(countOptions(overlay, colours, width, height - SHARE_HEIGHT), [[], [], [], [], []], node);
  const share = new uPlot(shareOptions(overlay, colours, width), [[], []], node);
  return {
    setData(points) {
      const filled = withHoles(points);
      const at = filled.map((point) => point.at / 1000);
      count.setData([
        at,
        filled.map((point) => point.upper),
        filled.map((point) => point.lower),
        filled.map((point) => point.expected),
        filled.map((point) => point.count),
      ]);
      share.setData([at, filled.map((point) => (point.count === null ? null : point.negativeShare))]);
    },
    redraw() {
      count.redraw(false);
      share.redraw(false);
    },
    setWidth(newWidth, newHeight) {
      count.setSize({ width: newWidth, height: newHeight - SHARE_HEIGHT });
      share.setSize({ width: newWidth, height: SHARE_HEIGHT });
    },
    destroy() {
      count.destroy();
      share.destroy();
    },
  };
}

function axes(colours: Colours, showTimes: boolean): [uPlot.Axis, uPlot.Axis] {
  const lines = { stroke: colours['chart-grid'], width: 1 };
  const shared = { stroke: colours['text-muted'], font: FONT, ticks: { show: false } };
  return [
    {
      ...shared,
      show: showTimes,
      size: 24,
      grid: { show: false },
      values: (_plot, at) => at.map((seconds) => formatMinute(seconds * 1000)),
    },
    { ...shared, size: AXIS_WIDTH, grid: lines, space: 26 },
  ];
}

function countOptions(overlay: PlotOverlay, colours: Colours, width: number, height: number): uPlot.Options {
  const [x, y] = axes(colours, true);
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    padding: [20, 8, 0, 0], // above: room for the words of the marks
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(5, (max || 0) * 1.1)] } },
    axes: [x, { ...y, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000] }],
    bands: [{ series: [1, 2], fill: colours['chart-band'] }],
    series: [
      {},
      { label: 'upper bound of normal', points: { show: false }, width: 0 },
      { label: 'lower bound of normal', points: { show: false }, width: 0 },
      { label: 'expected', stroke: colours['chart-expected'], width: 1, dash: [4, 4], points: { show: false } },
      { label: 'mentions per minute', stroke: colours['chart-count'], width: 2, points: { show: false } },
    ],
    hooks: {
      drawAxes: [(plot) => drawGaps(plot, overlay, colours)],
      draw: [(plot) => drawMarks(plot, overlay, colours, true)],
    },
  };
}

function shareOptions(overlay: PlotOverlay, colours: Colours, width: number): uPlot.Options {
  const [x, y] = axes(colours, false);
  return {
    width,
    height: SHARE_HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 8, 0],
    scales: { y: { range: [0, 1] } },
    axes: [
      x,
      { ...y, splits: [0, 0.5, 1], values: (_plot, shares) => shares.map((value) => `${Math.round(value * 100)}%`) },
    ],
    series: [{}, { label: 'negative share', stroke: colours['chart-negative'], width: 1.5, points: { show: false } }],
    hooks: {
      drawAxes: [(plot) => drawGaps(plot, overlay, colours)],
      draw: [(plot) => drawMarks(plot, overlay, colours, false)],
    },
  };
}

/** Hatched, with the words: no data must never look like nothing happened. */
function drawGaps(plot: uPlot, overlay: PlotOverlay, colours: Colours): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  for (const gap of gapsOf(overlay.points)) {
    const left = Math.max(bbox.left, plot.valToPos(gap.from / 1000, 'x', true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(gap.to / 1000, 'x', true));
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

function drawMarks(plot: uPlot, overlay: PlotOverlay, colours: Colours, withWords: boolean): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const marks: (ChartMark & { dashed?: boolean })[] = [...overlay.marks];
  if (overlay.cursorAt !== undefined) marks.push({ at: overlay.cursorAt, label: '', kind: 'plain', dashed: true });
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
    // Words that would lie on each other are left out; every mark is also in the timeline.
    if (!withWords || mark.label === '' || start < wordsEnd + 6 * ratio) continue;
    ctx.fillStyle = colours.text;
    ctx.textAlign = 'left';
    ctx.fillText(mark.label, start, bbox.top - 3 * ratio);
    wordsEnd = start + wide;
  }
  ctx.restore();
}

function scaledFont(ratio: number): string {
  return FONT.replace('12px', `${12 * ratio}px`);
}
