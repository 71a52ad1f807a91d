import { FeedId, instant, WatchQueryId, type Instant } from '../../shared/base/ids.ts';
import type { Mention } from '../../shared/domain/mention/mention.ts';

export const FEED = FeedId.parse('feed-under-test');
export const WATCH_QUERY = WatchQueryId.parse('watched');

/** A plain mention seen at `at`; what a test is about, it says. */
export function mentionAt(at: number, fields: Partial<Mention> = {}): Mention {
  return {
    id: `at-${at}`,
    feedId: FEED,
    watchQueryId: WATCH_QUERY,
    channel: 'other',
    author: null,
    text: 'one two three four five',
    url: null,
    language: null,
    occurredAt: null,
    observedAt: instant(at),
    recordedAt: instant(at),
    engagement: null,
    reach: null,
    repostOf: null,
    sentiment: null,
    ...fields,
  };
}

/** Mulberry32: the same numbers for the same seed, everywhere. */
export function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A clock and timers that move only when told. */
export function createFakeTime(startsAt = 1_760_000_000_000) {
  let now = startsAt;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  return {
    clock: { now: (): Instant => instant(now) },
    schedule(ms: number, run: () => void): () => void {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    /** Runs what falls due on the way, each at its own moment. */
    pass(ms: number): void {
      const end = now + ms;
      for (;;) {
        const [next] = timers.toSorted((a, b) => a.at - b.at);
        if (next === undefined || next.at > end) break;
        timers = timers.filter((other) => other !== next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = end;
    },
    pending: () => timers.length,
  };
}
