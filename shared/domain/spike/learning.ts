import { normalBand } from './counts.ts';
import type { Baseline } from './baseline.ts';
import type { Instant } from '../../base/ids.ts';

const DAY_MS = 24 * 3_600_000;
/** One freak span moves the baseline no more than one at this many deviations would. */
const CURB_DEVIATIONS = 3;
/** What an abnormal span teaches beside an ordinary one's 1. */
const ABNORMAL_WEIGHT = 0.1;
/** log10 of days: rarer than once a day is abnormal. */
export const ABNORMAL_FROM = 0;

/**
 * Teaches the baseline so that a crisis cannot drag it along: abnormal spans count a tenth and are curbed. What stays
 * abnormal for a whole day is the new normal, and is learned from as such.
 */
export function createLearning(baseline: Baseline) {
  let abnormalMs = 0;
  return {
    learn(startsAt: Instant, spanMs: number, count: number, rarity: number): void {
      const isAbnormal = rarity > ABNORMAL_FROM;
      // A lull in a long storm does not begin its day anew, an ordinary day does.
      abnormalMs = isAbnormal ? Math.min(DAY_MS, abnormalMs + spanMs) : Math.max(0, abnormalMs - spanMs);
      if (abnormalMs >= DAY_MS) return baseline.learn(startsAt, spanMs, count, 1);
      const { mean, wavering } = baseline.expect(spanMs, startsAt + spanMs);
      const curbed = Math.min(count, normalBand(mean, wavering, CURB_DEVIATIONS).upper);
      baseline.learn(startsAt, spanMs, curbed, isAbnormal ? ABNORMAL_WEIGHT : 1);
    },
  };
}
