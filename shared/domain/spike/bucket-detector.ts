/*
 * Keeps these:
 * 1. Causal: the score of a bucket depends on it and the buckets before it, and on nothing else.
 * 2. O(1) a bucket: running sums over at most an hour, one sort of 84 peaks in six hours.
 */
import type { Instant } from '../../base/ids.ts';
import { createBaseline, type Expectation } from './baseline.ts';
import { ABNORMAL_FROM, createLearning } from './learning.ts';
import { BLOCK_MS } from './peak-calibration.ts';
import { SAME_STORM_MS, WINDOWS_MS } from './spike-config.ts';
import { createWindowJudge } from './window-judge.ts';

/** In decades: twice as rare as what was said before is clearly worse. */
const CLEARLY_WORSE = 0.3;
/** What a bucket scores that says nothing new: far below every threshold, and still in the order of its rarity. */
const NOTHING_NEW = -10;

export interface BucketScore {
  /** log10 of the days between two such deviations in this series, in its most unusual window. */
  readonly rarity: number;
  /** The rarity where a storm begins or becomes clearly worse; far below everything on every other bucket. */
  readonly score: number;
}

/** The method of the spike monitor on counts in buckets of any one length: for scoring, and for history. */
export interface BucketDetector {
  /** One bucket, oldest first; a gap between buckets is a time of which nothing is known. */
  push(startsAt: Instant, count: number): BucketScore;
}

export function createBucketDetector(stepMs: number): BucketDetector {
  const baseline = createBaseline();
  const learning = createLearning(baseline);
  const fitting = WINDOWS_MS.filter((windowMs) => windowMs >= stepMs);
  const lengths = [...new Set((fitting.length === 0 ? [stepMs] : fitting).map((ms) => Math.round(ms / stepMs)))];
  const blockMs = Math.max(BLOCK_MS, 6 * stepMs);
  const windows = lengths.map((length) => createBucketWindow(length, stepMs, blockMs));
  let last: Instant | null = null;
  let announced = -Infinity;
  let abnormalAt = -Infinity;

  function push(startsAt: Instant, count: number): BucketScore {
    if (last !== null && startsAt - last > 1.5 * stepMs) for (const window of windows) window.clear();
    last = startsAt;
    const endsAt = startsAt + stepMs;
    const due = baseline.expect(stepMs, endsAt);
    const rarity = Math.max(...windows.map((window) => window.push(count, due, endsAt)));
    learning.learn(startsAt, stepMs, count, rarity);

    if (startsAt - abnormalAt > SAME_STORM_MS) announced = -Infinity;
    if (rarity > ABNORMAL_FROM) abnormalAt = startsAt;
    const isNew = announced === -Infinity ? rarity > -1 : rarity > announced + CLEARLY_WORSE;
    if (!isNew) return { rarity, score: NOTHING_NEW + Math.min(rarity, 0) };
    announced = rarity;
    abnormalAt = startsAt;
    return { rarity, score: rarity };
  }

  return { push };
}

function createBucketWindow(length: number, stepMs: number, blockMs: number) {
  const judge = createWindowJudge(length * stepMs, blockMs);
  const counts: number[] = [];
  const means: number[] = [];
  let count = 0;
  let mean = 0;

  return {
    clear(): void {
      counts.length = 0;
      means.length = 0;
      count = 0;
      mean = 0;
    },
    /** How rare the window is that this bucket ends. */
    push(next: number, due: Expectation, endsAt: number): number {
      counts.push(next);
      means.push(due.mean);
      count += next;
      mean += due.mean;
      if (counts.length > length) {
        count -= counts.shift() ?? 0;
        mean -= means.shift() ?? 0;
      }
      const { rarity } = judge.judge(count, { mean, wavering: due.wavering }, endsAt);
      judge.note(stepMs);
      return rarity;
    },
  };
}
