import { instant, type Instant } from '../../base/ids.ts';
import type { SeriesPoint } from './spike-assessment.ts';

const MINUTE_MS = 60_000;
const MINUTES_KEPT = 24 * 60;

interface Minute {
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  count: number;
  negative: number;
  withSentiment: number;
}

/** 24 hours of minutes: what came, and the band as it was known when the minute began. */
export function createMinuteSeries() {
  const minutes = new Map<number, Minute>();

  return {
    open(start: number, band: { readonly expected: number; readonly lower: number; readonly upper: number }): void {
      const index = Math.floor(start / MINUTE_MS);
      if (minutes.has(index)) return;
      minutes.set(index, { ...band, count: 0, negative: 0, withSentiment: 0 });
      for (const old of minutes.keys()) {
        if (old > index - MINUTES_KEPT) break;
        minutes.delete(old);
      }
    },
    /** A late mention still belongs to its own minute; one that is older than all of this is not drawn. */
    add(at: Instant, sentiment: 'negative' | 'other' | 'unknown'): void {
      const minute = minutes.get(Math.floor(at / MINUTE_MS));
      if (minute === undefined) return;
      minute.count += 1;
      if (sentiment !== 'unknown') minute.withSentiment += 1;
      if (sentiment === 'negative') minute.negative += 1;
    },
    last(now: Instant, count: number): readonly SeriesPoint[] {
      const newest = Math.floor(now / MINUTE_MS);
      const points: SeriesPoint[] = [];
      for (let index = newest - Math.min(count, MINUTES_KEPT) + 1; index <= newest; index += 1) {
        const minute = minutes.get(index);
        if (minute === undefined) continue;
        const { negative, withSentiment, ...drawn } = minute;
        const negativeShare = withSentiment === 0 ? null : negative / withSentiment;
        points.push({ at: instant(index * MINUTE_MS), ...drawn, negativeShare });
      }
      return points;
    },
  };
}
