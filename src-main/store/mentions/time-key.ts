import { instant, type Instant } from '../../../shared/base/ids.ts';

/** So many posts may have been seen in one millisecond before the next one has to take them in. */
export const KEYS_A_MILLISECOND = 2048;

/** Times beyond the year 2109 share their place, so that every key is a whole number that JavaScript holds exactly. */
const LAST_MS = 2 ** 42 - 1;

/** The first key of the posts that were seen at this time. Keys grow with time. */
export function timeKey(at: Instant): number {
  return Math.min(at, LAST_MS) * KEYS_A_MILLISECOND;
}

/** The time that a key is of, give or take the little that a full millisecond needs. */
export function timeOfKey(key: number): Instant {
  return instant(Math.floor(key / KEYS_A_MILLISECOND));
}

/** Above every key. */
export const AFTER_ALL_KEYS = 2 ** 53;
