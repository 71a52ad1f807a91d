import uPlot from 'uplot';
import { formatMinute } from '../../shared/base/format.ts';
import { CHART_FONT, drawGaps, drawMarks, drawZones, OVERLAY_COLOURS, type OverlayColours } from './chart-overlay.ts';
import type { ChartMark, ChartZone, Stretch } from './rate-points.ts';
import { edgesOf, type StackLayer, type StackPoint, withEnds } from './stack-points.ts';
import { resolveColours } from './theme-version.svelte.ts';
import type { TimeWindow } from './time-window.ts';

/** Read at every drawing, so that it may change without a new plot. */
export interface StackOverlay {
  gaps: readonly Stretch[];
  marks: readonly ChartMark[];
  zones: readonly ChartZone[];
}

export interface StackPlot {
  setData(points: readonly StackPoint[], stepMs: number): void;
  setWindow(window: TimeWindow): void;
  redraw(): void;
  setSize(width: number, height: number): void;
  /** The moment under a place of the screen, in ms since 1970. */
  timeAt(clientX: number): number;
  /** Where the plots' own area begins and how wide it is, in CSS pixels from the node's left. */
  area(): { readonly left: number; readonly width: number };
  destroy(): void;
}

const AXIS_WIDTH = 52;
const SMALL = 60;
const AXIS_HEIGHT = 24;
const WORDS_HEIGHT = 20;

const colourNames = [...OVERLAY_COLOURS, 'chart-count', 'chart-expected', 'chart-band', 'chart-negative', 'chart-grid'] as const; // prettier-ignore
type Colours = OverlayColours & Record<(typeof colourNames)[number], string>;

const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** Volume in layers over its normal band, below it the negative share and the reach: one time axis for all three. */
export function createStackPlot(
  node: HTMLElement,
  layers: readonly StackLayer[],
  overlay: StackOverlay,
  size: { readonly width: number; readonly height: number },
): StackPlot {
  const colours = resolveColours(node, colourNames);
  const paints = resolveColours(
    node,
    layers.map(({ colour }) => colour),
  );
  const tall = (height: number): number => Math.max(100, height - 2 * SMALL);
  const empty = (count: number): [] => Array.from({ length: count }, () => []) as unknown as [];
  const volume = new uPlot(
    volumeOptions(layers, paints, overlay, colours, size.width, tall(size.height)),
    empty(layers.length + 5),
    node,
  );
  const share = new uPlot(
    smallOptions(
      'negative share',
      colours['chart-negative'],
      overlay,
      colours,
      size.width,
      [0, 1],
      (value) => `${Math.round(value * 100)}%`,
    ),
    empty(2),
    node,
  );
  const reach = new uPlot(
    smallOptions('reach', colours['chart-count'], overlay, colours, size.width, null, shortNumber),
    empty(2),
    node,
  );
  const plots = [volume, share, reach];
  let window: TimeWindow = { from: 0, to: 1 };

  return {
    setData(steps, stepMs) {
      const points = withEnds(steps, stepMs);
      const at = points.map((point) => point.at / 1000);
      volume.setData(
        [
          at,
          points.map((point) => point.upper),
          points.map((point) => point.lower),
          ...edgesOf(points, layers.length),
          points.map((point) => point.expected),
          points.map((point) => point.upper),
        ],
        false,
      );
      share.setData([at, points.map((point) => point.negativeShare)], false);
      reach.setData([at, points.map((point) => point.reach)], false);
    },
    setWindow(next) {
      window = next;
      for (const plot of plots) plot.setScale('x', { min: window.from / 1000, max: window.to / 1000 });
    },
    redraw() {
      for (const plot of plots) plot.redraw(false);
    },
    setSize(width, height) {
      volume.setSize({ width, height: tall(height) });
      for (const plot of [share, reach]) plot.setSize({ width, height: SMALL });
    },
    timeAt(clientX) {
      const box = volume.over.getBoundingClientRect();
      return window.from + ((clientX - box.left) / Math.max(1, box.width)) * (window.to - window.from);
    },
    area() {
      const box = volume.over.getBoundingClientRect();
      return { left: box.left - node.getBoundingClientRect().left, width: box.width };
    },
    destroy() {
      for (const plot of plots) plot.destroy();
    },
  };
}

function volumeOptions(
  layers: readonly StackLayer[],
  paints: Readonly<Record<string, string>>,
  overlay: StackOverlay,
  colours: Colours,
  width: number,
  height: number,
): uPlot.Options {
  const none = { points: { show: false } };
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  return {
    ...common(width, height, [WORDS_HEIGHT, 8, 0, 0]),
    scales: { x: { time: true, auto: false }, y: { range: (_plot, _min, max) => [0, Math.max(5, (max || 0) * 1.08)] } },
    axes: [
      timeAxis(colours, true),
      {
        ...valueAxis(colours),
        space: 28,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000],
        values: (_plot, counts) => counts.map(shortNumber),
      },
    ],
    bands: [{ series: [1, 2], fill: colours['chart-band'] }],
    series: [
      {},
      { ...none, label: 'upper bound of normal', width: 0 },
      { ...none, label: 'lower bound of normal', width: 0 },
      // Topmost first: each is painted over by the one below it, so what is left in sight is its own part.
      ...layers.toReversed().map(({ name, colour }) => ({
        ...none,
        label: name,
        fill: paints[colour] ?? '',
        width: 0,
        ...(stepped && { paths: stepped }),
      })),
      { ...none, label: 'expected', stroke: colours['chart-expected'], width: 1.5, dash: [5, 4] },
      { ...none, label: 'most that is normal', stroke: colours['chart-expected'], width: 1 },
    ],
    hooks: {
      drawAxes: [
        (plot) => {
          drawZones(plot, overlay.zones, colours, true);
          drawGaps(plot, overlay.gaps, colours);
        },
      ],
      draw: [(plot) => drawMarks(plot, overlay.marks, colours, { words: true })],
    },
  };
}

function smallOptions(
  label: string,
  stroke: string,
  overlay: StackOverlay,
  colours: Colours,
  width: number,
  range: [number, number] | null,
  words: (value: number) => string,
): uPlot.Options {
  return {
    ...common(width, SMALL, [8, 8, 8, 0]),
    scales: {
      x: { time: true, auto: false },
      y: { range: range ?? ((_plot, _min, max) => [0, Math.max(1, (max || 0) * 1.1)]) },
    },
    axes: [
      timeAxis(colours, false),
      {
        ...valueAxis(colours),
        splits: (_plot, _axis, _min, max) => [0, max / 2, max],
        values: (_plot, values) => values.map(words),
      },
    ],
    series: [{}, { label, stroke, width: 1.5, points: { show: false } }],
    hooks: {
      drawAxes: [
        (plot) => {
          drawZones(plot, overlay.zones, colours, false);
          drawGaps(plot, overlay.gaps, colours);
        },
      ],
      draw: [(plot) => drawMarks(plot, overlay.marks, colours, { words: false })],
    },
  };
}

function common(width: number, height: number, padding: [number, number, number, number]) {
  return { width, height, legend: { show: false }, cursor: { show: false }, padding };
}

function timeAxis(colours: Colours, show: boolean): uPlot.Axis {
  return {
    show,
    size: AXIS_HEIGHT,
    stroke: colours['text-muted'],
    font: CHART_FONT,
    ticks: { show: false },
    grid: { show: false },
    space: 64,
    values: (_plot, at) => {
      const step = (at[1] ?? 0) - (at[0] ?? 0);
      return at.map((seconds) => timeWords(seconds * 1000, step >= 86_400));
    },
  };
}

/** The day where a day begins, else the time. */
function timeWords(at: number, daysOnly: boolean): string {
  const date = new Date(at);
  return daysOnly || (date.getHours() === 0 && date.getMinutes() === 0) ? dayFormat.format(date) : formatMinute(at);
}

function valueAxis(colours: Colours): uPlot.Axis {
  return {
    size: AXIS_WIDTH,
    stroke: colours['text-muted'],
    font: CHART_FONT,
    ticks: { show: false },
    grid: { stroke: colours['chart-grid'], width: 1 },
  };
}

/** `850`, `1.2k`, `41k`, `3M`. */
function shortNumber(value: number): string {
  if (value >= 1_000_000) return `${trim(value / 1_000_000)}M`;
  return value >= 1000 ? `${trim(value / 1000)}k` : trim(value);
}

function trim(value: number): string {
  return value >= 10 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}
