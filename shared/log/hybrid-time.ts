import { z } from 'zod';
import { Instant } from '../base/ids.ts';

/**
 * Hybrid logical time (Kulkarni et al., "Logical Physical Clocks", OPODIS 2014): the wall clock's milliseconds where
 * that clock moves forward, a counter where it does not. Always above everything seen before.
 */
export const HybridTime = z.strictObject({ wall: Instant, counter: z.int().nonnegative() }).readonly();
export type HybridTime = z.infer<typeof HybridTime>;

/** The time of the next event: above `last` (null when there was none) and not below `now`, whatever the clock did. */
export function nextTime(now: Instant, last: HybridTime | null): HybridTime {
  if (last === null || now > last.wall) return { wall: now, counter: 0 };
  return { wall: last.wall, counter: last.counter + 1 };
}

/** Below zero if `a` is earlier, above zero if it is later. */
export function compareTime(a: HybridTime, b: HybridTime): number {
  return a.wall - b.wall || a.counter - b.counter;
}

/** The later of two times; null stands for "none yet". */
export function laterTime(a: HybridTime | null, b: HybridTime | null): HybridTime | null {
  if (a === null || b === null) return a ?? b;
  return compareTime(a, b) >= 0 ? a : b;
}

/** A time further ahead of ours than this is a clock that is wrong, or a lie: accepted, marked, and not followed. */
export const MOST_AHEAD_MS = 5 * 60_000;

export function isAhead(time: HybridTime, now: Instant): boolean {
  return time.wall > now + MOST_AHEAD_MS;
}
