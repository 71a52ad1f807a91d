import { deviationAt, type PeakTail } from './calculation.ts';
import { stabilised } from './counts.ts';
import { upperQuantile } from './negative-binomial.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Peaks are the highest values of blocks this long: long enough to hold one storm, short enough to be many. */
export const BLOCK_MS = 6 * HOUR_MS;
/** The last three weeks. */
const BLOCKS_KEPT = 84;
/** What the model says counts as much as this many blocks: two days. */
const PRIOR_BLOCKS = 8;
/** Peaks above this share of all peaks show how the tail falls. */
const QUANTILE = 0.75;
/** The model's tail is drawn out by this factor, because real ones are heavier than it. */
const HEAVIER = 1.3;
/** log10 of days: what is rarer teaches as if it were just this rare, so that one crisis does not deafen for weeks. */
const RAREST_TAUGHT = 4;

/** What the tail of a block's highest value is by the model alone: where it begins, and how slowly it falls. */
export interface TailPrior {
  readonly from: number;
  readonly scale: number;
}

/**
 * The prior of a window: `trials` independent negative-binomial counts a block. Its quantile is where the exact tail
 * says; its scale is how far the exact tail goes until it has fallen by e. On a grid of means an eighth of an octave
 * apart, because the exact tail is dear and means are many.
 */
export function tailPrior(mean: number, wavering: number, trials: number): TailPrior {
  const step = Math.round(8 * Math.log2(Math.max(mean, 1e-9)));
  const hundredths = Math.round(100 * wavering);
  const key = `${step} ${hundredths} ${trials}`;
  const known = priorsByKey.get(key);
  if (known !== undefined) return known;
  const prior = exactPrior(2 ** (step / 8), hundredths / 100, trials);
  if (priorsByKey.size >= PRIORS_KEPT) priorsByKey.clear();
  priorsByKey.set(key, prior);
  return prior;
}

/** Pure, so that whoever asks gets the same whether or not it is remembered. */
const priorsByKey = new Map<string, TailPrior>();
const PRIORS_KEPT = 10_000;

function exactPrior(mean: number, wavering: number, trials: number): TailPrior {
  const exceeded = -Math.expm1(Math.log(QUANTILE) / Math.max(1, trials));
  const expected = stabilised(mean, wavering);
  const from = stabilised(upperQuantile(Math.log(exceeded), mean, wavering), wavering) - expected;
  const further = stabilised(upperQuantile(Math.log(exceeded) - 1, mean, wavering), wavering) - expected;
  return { from, scale: HEAVIER * (further - from) };
}

/**
 * How rare a deviation is for this watch query itself, by peaks over a threshold (Leadbetter 1991) on block maxima:
 * the highest deviations of 6 hours over the last three weeks, their tail exponential above their upper quartile
 * (a generalised Pareto tail of shape 0, Coles 2001, section 4.2), the prior's blocks among them.
 */
export interface PeakCalibration {
  /** The tail as it is now. */
  tail(prior: TailPrior): PeakTail;
  /** To be called for each moment after it was judged, with the time that it stands for. */
  note(deviation: number, prior: TailPrior, durationMs: number): void;
  /** Days of peaks behind it, the running block left out. */
  days(): number;
}

export function createPeakCalibration(blockMs: number = BLOCK_MS): PeakCalibration {
  const blockDays = blockMs / DAY_MS;
  const peaks: number[] = [];
  let highest = -Infinity;
  let coveredMs = 0;
  /** Of the peaks alone, ascending. */
  let sorted: readonly number[] = [];
  let known: { readonly prior: TailPrior; readonly tail: PeakTail } | null = null;

  function tail(prior: TailPrior): PeakTail {
    if (known?.prior === prior) return known.tail;
    const blocks = sorted.length;
    const all = blocks + PRIOR_BLOCKS;
    const quantile = sorted[Math.min(blocks - 1, Math.floor(QUANTILE * blocks))] ?? 0;
    const from = (quantile * blocks + prior.from * PRIOR_BLOCKS) / all;
    const priorPeaks = PRIOR_BLOCKS * (1 - QUANTILE);
    let excess = 0;
    let count = 0;
    for (let at = blocks - 1; at >= 0 && (sorted[at] ?? 0) > from; at -= 1) {
      excess += (sorted[at] ?? 0) - from;
      count += 1;
    }
    const scale = (excess + priorPeaks * prior.scale) / (count + priorPeaks);
    known = { prior, tail: { blockDays, from, scale, share: (count + priorPeaks) / all } };
    return known.tail;
  }

  return {
    tail,
    note(deviation, prior, durationMs) {
      highest = Math.max(highest, Math.min(deviation, deviationAt(RAREST_TAUGHT, tail(prior))));
      coveredMs += durationMs;
      if (coveredMs < blockMs) return;
      peaks.push(highest);
      if (peaks.length > BLOCKS_KEPT) peaks.shift();
      sorted = peaks.toSorted((a, b) => a - b);
      highest = -Infinity;
      coveredMs -= blockMs;
      known = null;
    },
    days: () => peaks.length * blockDays,
  };
}
