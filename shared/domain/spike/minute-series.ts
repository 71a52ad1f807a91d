import { instant, type Instant } from '../../base/ids.ts';
import { normalBand, WAVERING } from './counts.ts';
import type { SeriesPoint } from './spike-assessment.ts';
import { BAND_DEVIATIONS } from './spike-config.ts';

const MINUTE_MS = 60_000;
const MINUTES_KEPT = 21 * 24 * 60;

interface Band {
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Three weeks of minutes: what came, and the band as it was known when the minute began. Rings of numbers: about
 * 1 MB a watch query.
 */
export function createMinuteSeries() {
  const indices = new Float64Array(MINUTES_KEPT).fill(-1);
  const counts = new Uint32Array(MINUTES_KEPT);
  const negative = new Uint32Array(MINUTES_KEPT);
  const withSentiment = new Uint32Array(MINUTES_KEPT);
  const expected = new Float32Array(MINUTES_KEPT);
  const lower = new Float32Array(MINUTES_KEPT);
  const upper = new Float32Array(MINUTES_KEPT);
  const covered = new Uint8Array(MINUTES_KEPT);

  function pointAt(index: number): SeriesPoint | null {
    const slot = index % MINUTES_KEPT;
    if (index < 0 || indices[slot] !== index) return null;
    const known = withSentiment[slot] ?? 0;
    return {
      at: instant(index * MINUTE_MS),
      count: counts[slot] ?? 0,
      expected: expected[slot] ?? 0,
      lower: lower[slot] ?? 0,
      upper: upper[slot] ?? 0,
      negativeShare: known === 0 ? null : (negative[slot] ?? 0) / known,
      covered: covered[slot] === 1,
    };
  }

  return {
    open(start: number, band: Band, isCovered: boolean): void {
      const index = Math.floor(start / MINUTE_MS);
      const slot = index % MINUTES_KEPT;
      if (indices[slot] === index) return;
      indices[slot] = index;
      for (const kept of [counts, negative, withSentiment]) kept[slot] = 0;
      expected[slot] = band.expected;
      lower[slot] = band.lower;
      upper[slot] = band.upper;
      covered[slot] = isCovered ? 1 : 0;
    },
    /** A late mention still belongs to its own minute; one that is older than all of this is not drawn. */
    add(at: Instant, sentiment: 'negative' | 'other' | 'unknown'): void {
      const index = Math.floor(at / MINUTE_MS);
      const slot = index % MINUTES_KEPT;
      if (indices[slot] !== index) return;
      counts[slot] = (counts[slot] ?? 0) + 1;
      if (sentiment !== 'unknown') withSentiment[slot] = (withSentiment[slot] ?? 0) + 1;
      if (sentiment === 'negative') negative[slot] = (negative[slot] ?? 0) + 1;
      covered[slot] = 1; // whatever brought it delivered
    },
    countAt: (start: number): number => pointAt(Math.floor(start / MINUTE_MS))?.count ?? 0,
    last(now: Instant, count: number): readonly SeriesPoint[] {
      const newest = Math.floor(now / MINUTE_MS);
      const first = newest - Math.min(count, MINUTES_KEPT) + 1;
      return Array.from({ length: newest - first + 1 }, (_, offset) => pointAt(first + offset)).filter(
        (point) => point !== null,
      );
    },
    /** The minutes of each step taken together; a step of which no minute is known is left out. */
    steps(from: Instant, to: Instant, stepMs: number): readonly SeriesPoint[] {
      const points: SeriesPoint[] = [];
      for (let start = Math.floor(from / stepMs) * stepMs; start < to; start += stepMs) {
        const first = Math.floor(start / MINUTE_MS);
        const minutes = Array.from({ length: Math.max(1, Math.round(stepMs / MINUTE_MS)) }, (_, offset) =>
          pointAt(first + offset),
        ).filter((point) => point !== null);
        if (minutes.length > 0) points.push(together(instant(start), minutes));
      }
      return points;
    },
  };
}

/**
 * A minute keeps the band that it was given. For more of them together it is made anew from what they expected: their
 * own bands added up would be those of chances that never come together.
 */
function together(at: Instant, minutes: readonly SeriesPoint[]): SeriesPoint {
  const [only] = minutes;
  if (minutes.length === 1 && only !== undefined) return { ...only, at };
  const total = { count: 0, expected: 0, negative: 0, known: 0, covered: false };
  for (const { count, expected, negativeShare, covered } of minutes) {
    total.count += count;
    total.expected += expected;
    if (negativeShare !== null) {
      total.negative += negativeShare * count;
      total.known += count;
    }
    total.covered ||= covered;
  }
  const { count, expected, covered } = total;
  const negativeShare = total.known === 0 ? null : total.negative / total.known;
  return { at, count, expected, ...normalBand(expected, WAVERING, BAND_DEVIATIONS), negativeShare, covered };
}
