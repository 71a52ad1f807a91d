import type { Instant } from '../../base/ids.ts';
import { REACH_CAP } from '../mention/mention.ts';

/** One bucket: fine enough to see an outbreak within seconds, coarse enough to hold an hour in a few hundred. */
export const BUCKET_MS = 10_000;
const BUCKETS = 360; // the longest window, 60 minutes

export interface WindowEntry {
  readonly at: Instant;
  /** Null: nobody knows who, so it counts as somebody of its own. */
  readonly author: string | null;
  /** Equal for near-copies; null: comparable to nothing. */
  readonly story: string | null;
  readonly isRepost: boolean;
  readonly sentiment: 'negative' | 'other' | 'unknown';
  /** Followers of its author; null is unknown. */
  readonly reach: number | null;
}

/** What is summed up for every bucket. */
export interface WindowSums {
  readonly count: number;
  readonly reposts: number;
  readonly negative: number;
  readonly withSentiment: number;
}

export interface WindowCounts extends WindowSums {
  /** Different ones; mentions without an author count one each. */
  readonly authors: number;
  readonly stories: number;
  /** Of different authors together, each capped; 0 where no author's is known. */
  readonly reach: number;
}

/**
 * The last hour in buckets of 10 s by `observedAt`. A mention costs O(1), and so does what a window holds: sums run
 * along. What is remembered is bounded by the mentions of that hour.
 */
export interface SlidingWindow {
  /** Forgets what has left the longest window. Time never goes back. */
  moveTo(at: Instant): void;
  /** False when the entry's bucket has left the window already, or lies ahead of it. */
  add(entry: WindowEntry): boolean;
  /** Mentions in the window of this length that ends with the running bucket; O(1). */
  count(windowMs: number): number;
  /** All there is to say of that window; sums its buckets. */
  counts(windowMs: number): WindowCounts;
}

export function createSlidingWindow(windowsMs: readonly number[]): SlidingWindow {
  const count = new Uint32Array(BUCKETS);
  const reposts = new Uint32Array(BUCKETS);
  const negative = new Uint32Array(BUCKETS);
  const withSentiment = new Uint32Array(BUCKETS);
  const running = windowsMs.map((windowMs) => ({ windowMs, length: Math.round(windowMs / BUCKET_MS), sum: 0 }));
  const authors = createDistinct();
  const stories = createDistinct();
  let newest = -1;

  function moveTo(at: Instant): void {
    const target = Math.floor(at / BUCKET_MS);
    if (newest >= 0 && target - newest >= BUCKETS) {
      for (let index = newest - BUCKETS + 1; index <= newest; index += 1) empty(index);
      for (const one of running) one.sum = 0;
      newest = target;
      return;
    }
    if (newest < 0) newest = target;
    while (newest < target) {
      newest += 1;
      for (const one of running) one.sum -= count[slotOf(newest - one.length)] ?? 0;
      empty(newest - BUCKETS);
    }
  }

  function empty(index: number): void {
    authors.forget(index);
    stories.forget(index);
    for (const kept of [count, reposts, negative, withSentiment]) kept[slotOf(index)] = 0;
  }

  function add(entry: WindowEntry): boolean {
    const index = Math.floor(entry.at / BUCKET_MS);
    if (index > newest || index <= newest - BUCKETS) return false;
    const slot = slotOf(index);
    bump(count, slot);
    if (entry.isRepost) bump(reposts, slot);
    if (entry.sentiment !== 'unknown') bump(withSentiment, slot);
    if (entry.sentiment === 'negative') bump(negative, slot);
    for (const one of running) if (index > newest - one.length) one.sum += 1;
    authors.add(entry.author, index, Math.min(entry.reach ?? 0, REACH_CAP));
    stories.add(entry.story, index, 0);
    return true;
  }

  function counts(windowMs: number): WindowCounts {
    const length = Math.round(windowMs / BUCKET_MS);
    const sums = { count: 0, reposts: 0, negative: 0, withSentiment: 0, authors: 0, stories: 0, reach: 0 };
    for (let index = newest - length + 1; index <= newest; index += 1) {
      const slot = slotOf(index);
      sums.count += count[slot] ?? 0;
      sums.reposts += reposts[slot] ?? 0;
      sums.negative += negative[slot] ?? 0;
      sums.withSentiment += withSentiment[slot] ?? 0;
      const standing = authors.standingIn(index);
      sums.authors += standing.keys;
      sums.reach += standing.weight;
      sums.stories += stories.standingIn(index).keys;
    }
    return sums;
  }

  return {
    moveTo,
    add,
    count: (windowMs) => running.find((one) => one.windowMs === windowMs)?.sum ?? 0,
    counts,
  };
}

function slotOf(index: number): number {
  return ((index % BUCKETS) + BUCKETS) % BUCKETS;
}

function bump(kept: Uint32Array, slot: number): void {
  kept[slot] = (kept[slot] ?? 0) + 1;
}

interface Standing {
  keys: number;
  weight: number;
  readonly named: string[];
}

const NOBODY: Omit<Standing, 'named'> = { keys: 0, weight: 0 };

/**
 * Distinct keys in every window at once: each key stands in the bucket of its latest mention only, so a window that
 * ends now holds as many distinct keys as its buckets hold standing ones.
 */
function createDistinct() {
  const latestByKey = new Map<string, { index: number; weight: number }>();
  const standingByBucket = new Map<number, Standing>();

  function standing(index: number): Standing {
    let found = standingByBucket.get(index);
    if (found === undefined) standingByBucket.set(index, (found = { keys: 0, weight: 0, named: [] }));
    return found;
  }

  return {
    add(key: string | null, index: number, weight: number): void {
      const here = standing(index);
      if (key === null) {
        here.keys += 1;
        here.weight += weight;
        return;
      }
      const before = latestByKey.get(key);
      if (before !== undefined && before.index > index) return;
      if (before !== undefined) {
        const there = standing(before.index);
        there.keys -= 1;
        there.weight -= before.weight;
      }
      here.keys += 1;
      here.weight += weight;
      if (before?.index !== index) here.named.push(key);
      latestByKey.set(key, { index, weight });
    },
    forget(index: number): void {
      for (const key of standingByBucket.get(index)?.named ?? [])
        if (latestByKey.get(key)?.index === index) latestByKey.delete(key);
      standingByBucket.delete(index);
    },
    standingIn: (index: number): Omit<Standing, 'named'> => standingByBucket.get(index) ?? NOBODY,
  };
}
