import { instant, type Instant } from '../../base/ids.ts';

/** One bucket: fine enough to see an outbreak within seconds, coarse enough to sum a window at every look. */
export const BUCKET_MS = 10_000;
const BUCKETS = 90; // the longest window, 15 minutes

export interface WindowEntry {
  readonly at: Instant;
  readonly recordedAt: Instant;
  readonly isLive: boolean;
  /** Null: nobody knows who, so it counts as somebody of its own. */
  readonly author: string | null;
  /** Equal for near-copies; null: comparable to nothing. */
  readonly story: string | null;
  readonly sentiment: 'negative' | 'other' | 'unknown';
}

export interface WindowCounts {
  readonly all: number;
  readonly live: number;
  readonly authors: number;
  /** Among the live ones only. */
  readonly liveAuthors: number;
  readonly stories: number;
  readonly negative: number;
  readonly withSentiment: number;
  /** How long the window reaches back, its running bucket included only as far as it has run. */
  readonly spanMs: number;
}

interface Bucket {
  index: number;
  all: number;
  live: number;
  negative: number;
  withSentiment: number;
  firstLiveAt: Instant | null;
}

/**
 * The last 15 minutes in buckets of 10 s by `observedAt`. A mention costs O(1); a look sums at most 90 buckets;
 * what is remembered is bounded by the mentions of those 15 minutes.
 */
export interface SlidingWindow {
  /** Forgets what has left the longest window. Time never goes back. */
  moveTo(at: Instant): void;
  /** False when the entry's bucket has left the window already. */
  add(entry: WindowEntry): boolean;
  counts(windowMs: number, now: Instant): WindowCounts;
  /** Live counts oldest first, with the `recordedAt` of each bucket's first live mention. */
  buckets(
    now: Instant,
  ): readonly { readonly at: Instant; readonly live: number; readonly firstLiveAt: Instant | null }[];
}

export function createSlidingWindow(): SlidingWindow {
  const ring: Bucket[] = Array.from({ length: BUCKETS }, () => emptyBucket(-1));
  const authors = createDistinct();
  const liveAuthors = createDistinct();
  const stories = createDistinct();
  let newest = -1;

  function slot(index: number): Bucket {
    return ring[index % BUCKETS] as Bucket;
  }

  function moveTo(at: Instant): void {
    const target = Math.floor(at / BUCKET_MS);
    if (target <= newest) return;
    for (let index = Math.max(newest + 1, target - BUCKETS + 1); index <= target; index += 1) {
      const gone = slot(index).index;
      if (gone >= 0) {
        authors.forget(gone);
        liveAuthors.forget(gone);
        stories.forget(gone);
      }
      ring[index % BUCKETS] = emptyBucket(index);
    }
    newest = target;
  }

  function add(entry: WindowEntry): boolean {
    const index = Math.floor(entry.at / BUCKET_MS);
    const bucket = slot(index);
    if (bucket.index !== index) return false;
    bucket.all += 1;
    if (entry.isLive) {
      bucket.live += 1;
      liveAuthors.add(entry.author, index);
      if (bucket.firstLiveAt === null || entry.recordedAt < bucket.firstLiveAt) bucket.firstLiveAt = entry.recordedAt;
    }
    if (entry.sentiment !== 'unknown') bucket.withSentiment += 1;
    if (entry.sentiment === 'negative') bucket.negative += 1;
    authors.add(entry.author, index);
    stories.add(entry.story, index);
    return true;
  }

  function counts(windowMs: number, now: Instant): WindowCounts {
    const last = Math.floor(now / BUCKET_MS);
    const length = Math.round(windowMs / BUCKET_MS);
    const sum = { all: 0, live: 0, authors: 0, liveAuthors: 0, stories: 0, negative: 0, withSentiment: 0 };
    for (let index = Math.max(0, last - length + 1); index <= last; index += 1) {
      const bucket = slot(index);
      if (bucket.index !== index) continue;
      sum.all += bucket.all;
      sum.live += bucket.live;
      sum.negative += bucket.negative;
      sum.withSentiment += bucket.withSentiment;
      sum.authors += authors.lastSeenIn(index);
      sum.liveAuthors += liveAuthors.lastSeenIn(index);
      sum.stories += stories.lastSeenIn(index);
    }
    return { ...sum, spanMs: (length - 1) * BUCKET_MS + (now - last * BUCKET_MS) };
  }

  function buckets(now: Instant): ReturnType<SlidingWindow['buckets']> {
    const last = Math.floor(now / BUCKET_MS);
    const first = Math.max(0, last - BUCKETS + 1);
    return Array.from({ length: last - first + 1 }, (_, offset) => {
      const index = first + offset;
      const bucket = slot(index);
      const isCurrent = bucket.index === index;
      const at = instant(index * BUCKET_MS);
      return { at, live: isCurrent ? bucket.live : 0, firstLiveAt: isCurrent ? bucket.firstLiveAt : null };
    });
  }

  return { moveTo, add, counts, buckets };
}

function emptyBucket(index: number): Bucket {
  return { index, all: 0, live: 0, negative: 0, withSentiment: 0, firstLiveAt: null };
}

/**
 * Distinct keys in every window at once: each key stands in the bucket of its latest mention only, so a window that
 * ends now holds as many distinct keys as its buckets hold standing ones.
 */
function createDistinct() {
  const lastBucketByKey = new Map<string, number>();
  const standingByBucket = new Map<number, number>();
  const keysByBucket = new Map<number, string[]>();

  function stand(index: number, change: number): void {
    standingByBucket.set(index, (standingByBucket.get(index) ?? 0) + change);
  }

  return {
    add(key: string | null, index: number): void {
      if (key === null) return stand(index, 1);
      const before = lastBucketByKey.get(key);
      if (before !== undefined && before >= index) return;
      if (before !== undefined) stand(before, -1);
      lastBucketByKey.set(key, index);
      stand(index, 1);
      const keys = keysByBucket.get(index);
      if (keys === undefined) keysByBucket.set(index, [key]);
      else keys.push(key);
    },
    forget(index: number): void {
      for (const key of keysByBucket.get(index) ?? []) {
        if (lastBucketByKey.get(key) === index) lastBucketByKey.delete(key);
      }
      keysByBucket.delete(index);
      standingByBucket.delete(index);
    },
    lastSeenIn(index: number): number {
      return standingByBucket.get(index) ?? 0;
    },
  };
}
