/**
 * Counts what a feed delivers and says honestly how it is.
 *
 * connecting -> live <-> failed    a connection or a source that is followed
 * live -> ended | history          a recording or a file that was read
 * paused, ended                    until the feed is made anew
 *
 * `live` reads as `silent` when the feed has been quiet for longer than it ever should be, and every state but
 * `paused` and `ended` as `failed` while what it brings cannot be stored.
 */
import type { FeedId, Instant } from '../../shared/base/ids.ts';
import type { Post } from '../../shared/domain/mention/mention.ts';
import type { Clock, FeedStatus } from '../commands/ports.ts';

/** A source is never called silent sooner: silence is not calm, and a breath is not silence. */
const SILENT_AFTER_MS = 3 * 60_000;
/** Quiet for this many of its usual intervals is more than its ordinary ups and downs. */
const USUAL_INTERVALS = 12;
/** Polls may fail twice in a row before their feed counts as silent. */
const POLLS = 3;
/** What comes within a second of the last arrival is the same arrival, in several pieces. */
const ONE_ARRIVAL_MS = 1_000;
const INTERVALS_KEPT = 21;
const INTERVALS_NEEDED = 5;
const LAGS_KEPT = 100;
const MINUTE_MS = 60_000;

/**
 * What shows that the source is there. `frames`: a firehose that is never quiet. `polls`: answers, with or without
 * posts. `posts`: nothing but the posts themselves, so it is silent only against its own usual interval. `recording`:
 * a file of ours that is played; its pauses are pauses.
 */
export type Pulse =
  { readonly by: 'frames' | 'posts' | 'recording' } | { readonly by: 'polls'; readonly everyMs: () => number };

export type MeterState = 'connecting' | 'live' | 'failed' | 'paused' | 'ended' | 'history';

export interface FeedMeter {
  /** The source gave a sign of life: a frame that was no post, or a poll that was answered. */
  heard(): void;
  /** These were taken, and became so many new mentions. `handOver` calls it; feeds do not. */
  delivered(posts: readonly Pick<Post, 'observedAt' | 'recordedAt'>[], accepted: number, as: 'live' | 'history'): void;
  /** Malformed ones, left out. */
  skipped(count: number): void;
  /** Read from the source and thrown away, because they came faster than they could be taken. */
  shed(count: number): void;
  reconnected(): void;
  /** What it brought could not be kept: it has failed until a delivery is. */
  notStored(): void;
  /** `live` may read as `silent`; the others stay what they are. The detail goes with the state it was given with. */
  become(state: MeterState, detail?: string | null): void;
  note(detail: string | null): void;
  /** What it became last: never `silent`. */
  state(): MeterState;
  /** False from `notStored` to the next delivery. */
  isStored(): boolean;
  status(): FeedStatus;
}

export interface MeteredFeed {
  readonly feedId: FeedId;
  readonly name: string;
  readonly kind: FeedStatus['kind'];
  /** Where to send to; webhooks only. */
  readonly address?: string | null;
}

export function createFeedMeter(
  // Taken apart: callers pass their whole settings, and a status goes to pages.
  { feedId, name, kind, address = null }: MeteredFeed,
  clock: Clock,
  pulse: Pulse,
): FeedMeter {
  const startedAt = clock.now();
  const arrivals = createArrivals();
  const lags: number[] = [];
  const perMinute = createMinuteCount(startedAt);
  let state: MeterState = 'connecting';
  let since = startedAt;
  let detail: string | null = null;
  let lastMentionAt: Instant | null = null;
  let heardAt = startedAt;
  let received = 0;
  let accepted = 0;
  let skipped = 0;
  let shed = 0;
  let reconnects = 0;
  let notStored: { readonly since: Instant; readonly shedBefore: number } | null = null;

  /** How long it may be quiet; null when nobody can tell. */
  function quietAllowedMs(): number | null {
    switch (pulse.by) {
      case 'frames':
        return SILENT_AFTER_MS;
      case 'polls':
        return Math.max(SILENT_AFTER_MS, POLLS * pulse.everyMs());
      case 'posts': {
        const usualMs = arrivals.usualMs();
        return usualMs === null ? null : Math.max(SILENT_AFTER_MS, USUAL_INTERVALS * usualMs);
      }
      case 'recording':
        return null;
    }
  }

  function shown(): Pick<FeedStatus, 'state' | 'since' | 'detail'> {
    if (notStored !== null && state !== 'ended' && state !== 'paused') {
      const lost = shed - notStored.shedBefore;
      return { state: 'failed', since: notStored.since, detail: notStoredText(lost) };
    }
    const allowedMs = quietAllowedMs();
    if (state !== 'live' || allowedMs === null || clock.now() - heardAt < allowedMs) return { state, since, detail };
    return { state: 'silent', since: heardAt, detail: detail ?? silentText(pulse, allowedMs) };
  }

  return {
    heard() {
      heardAt = clock.now();
    },
    delivered(posts, newMentions, as) {
      const now = clock.now();
      notStored = null;
      accepted += newMentions;
      if (posts.length === 0) return;
      received += posts.length;
      // A past that comes all at once says nothing about how fast the present comes.
      if (as === 'live') perMinute.add(now, posts.length);
      if (as === 'live') arrivals.add(now);
      heardAt = now;
      for (const { observedAt, recordedAt } of posts) {
        // Of the same moment are those that only we put a time on: they say nothing about the way here.
        if (as === 'live' && observedAt !== recordedAt) lags.push(recordedAt - observedAt);
        // The sink says how many were new, not which: the newest of the delivery stands for them.
        if (newMentions > 0 && (lastMentionAt === null || observedAt > lastMentionAt)) lastMentionAt = observedAt;
      }
      lags.splice(0, lags.length - LAGS_KEPT);
    },
    skipped(count) {
      skipped += count;
    },
    shed(count) {
      received += count;
      shed += count;
    },
    reconnected() {
      reconnects += 1;
    },
    notStored() {
      notStored ??= { since: clock.now(), shedBefore: shed };
    },
    become(next, text = null) {
      if (next !== state) {
        state = next;
        since = clock.now();
        heardAt = clock.now();
      }
      detail = text;
    },
    note(text) {
      detail = text;
    },
    state: () => state,
    isStored: () => notStored === null,
    status() {
      const counts = { received, accepted, skipped, shed, reconnects };
      const pace = { perMinute: perMinute.lastWhole(clock.now()), lagMs: median(lags) };
      return { feedId, name, kind, address, lastMentionAt, ...counts, ...pace, ...shown() };
    },
  };
}

function notStoredText(lost: number): string {
  const rest = lost === 0 ? 'nothing is lost' : `${lost} had to be thrown away`;
  return `What it brings cannot be stored. It is brought again every second, and ${rest}.`;
}

function silentText(pulse: Pulse, allowedMs: number): string {
  const minutes = Math.round(allowedMs / MINUTE_MS);
  if (pulse.by === 'polls') return `No answer for ${minutes} minutes. The source may be down.`;
  return `Nothing for ${minutes} minutes. The feed may be down.`;
}

/** The distances between the latest arrivals. */
function createArrivals() {
  const intervals: number[] = [];
  let lastAt: Instant | null = null;
  return {
    add(now: Instant): void {
      if (lastAt !== null && now - lastAt < ONE_ARRIVAL_MS) return;
      if (lastAt !== null) intervals.push(now - lastAt);
      if (intervals.length > INTERVALS_KEPT) intervals.shift();
      lastAt = now;
    },
    /** Null while too few are known to call anything usual. */
    usualMs: (): number | null => (intervals.length < INTERVALS_NEEDED ? null : median(intervals)),
  };
}

function createMinuteCount(startedAt: Instant) {
  let minute = 0;
  let count = 0;
  let before: number | null = null;

  function moveTo(now: Instant): void {
    const current = Math.floor((now - startedAt) / MINUTE_MS);
    if (current === minute) return;
    before = current === minute + 1 ? count : 0;
    minute = current;
    count = 0;
  }

  return {
    add(now: Instant, posts: number): void {
      moveTo(now);
      count += posts;
    },
    lastWhole(now: Instant): number | null {
      moveTo(now);
      return before;
    },
  };
}

function median(numbers: readonly number[]): number | null {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
