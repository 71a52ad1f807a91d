import uPlot from 'uplot';
import { formatMinute } from '../../shared/base/format.ts';
import { CHART_FONT, drawGaps, drawMarks, type OverlayColours, OVERLAY_COLOURS } from './chart-overlay.ts';
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

const colourNames = [
  ...OVERLAY_COLOURS,
  'chart-count',
  'chart-expected',
  'chart-band',
  'chart-negative',
  'chart-grid',
] as const;
type Colours = OverlayColours & Record<(typeof colourNames)[number], string>;

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
  const shared = { stroke: colours['text-muted'], font: CHART_FONT, ticks: { show: false } };
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
      drawAxes: [(plot) => drawGaps(plot, gapsOf(overlay.points), colours)],
      draw: [(plot) => drawMarks(plot, overlay.marks, colours, { words: true, cursorAt: overlay.cursorAt })],
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
      drawAxes: [(plot) => drawGaps(plot, gapsOf(overlay.points), colours)],
      draw: [(plot) => drawMarks(plot, overlay.marks, colours, { words: false, cursorAt: overlay.cursorAt })],
    },
  };
}
