import type { Instant } from '../../base/ids.ts';
import { ABNORMAL_FROM } from './learning.ts';
import { BUCKET_MS } from './sliding-window.ts';

const MINUTE_MS = 60_000;
const KEPT_MS = 60 * MINUTE_MS;
/** A rise that pauses for less than this is one rise. */
const SAME_RISE_MS = 5 * MINUTE_MS;

/** Finds T0: with which mention it became unusual and stayed so; to 10 s, the length of a bucket. */
export interface Rise {
  /** A mention of the moment `at`; `cameAt` is when it was there to be known. */
  note(at: Instant, cameAt: Instant, as: 'live' | 'history'): void;
  /** What a look at this moment saw. While a spike is on, its rise does not end. */
  follow(at: Instant, rarity: number, isOn: boolean): void;
  since(): Instant | null;
  /** Live mentions noted in the span that ends at `at`. */
  live(at: number, spanMs: number): number;
}

export function createRise(): Rise {
  const mentionsByBucket = new Map<number, { live: number; readonly first: Instant }>();
  let since: Instant | null = null;
  let abnormalAt = -Infinity;

  /** The first mention of the newest bucket that has one, at most a minute back. */
  function firstBefore(at: Instant): Instant | null {
    const newest = Math.ceil(at / BUCKET_MS);
    for (let index = newest; index > newest - MINUTE_MS / BUCKET_MS; index -= 1) {
      const bucket = mentionsByBucket.get(index);
      if (bucket !== undefined) return bucket.first;
    }
    return null;
  }

  return {
    note(at, cameAt, as) {
      if (as === 'history') return; // what somebody took in later is the beginning of nothing
      const index = Math.floor(at / BUCKET_MS);
      const bucket = mentionsByBucket.get(index);
      if (bucket === undefined) mentionsByBucket.set(index, { live: 1, first: cameAt });
      else bucket.live += 1;
      for (const older of mentionsByBucket.keys()) {
        if (older > index - KEPT_MS / BUCKET_MS) break;
        mentionsByBucket.delete(older);
      }
    },
    follow(at, rarity, isOn) {
      if (rarity > ABNORMAL_FROM) {
        abnormalAt = at;
        since ??= firstBefore(at);
      } else if (at - abnormalAt > SAME_RISE_MS && !isOn) since = null;
    },
    since: () => since,
    live(at, spanMs) {
      const oldest = Math.floor(at / BUCKET_MS) - spanMs / BUCKET_MS;
      let total = 0;
      for (const [index, { live }] of mentionsByBucket) if (index >= oldest) total += live;
      return total;
    },
  };
}
