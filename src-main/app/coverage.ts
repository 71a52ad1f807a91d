import { type FeedId, type Instant, instant, type WatchQueryId } from '../../shared/base/ids.ts';
import type { FeedView } from '../../shared/protocol/views.ts';
import type { MentionStore } from '../store/mention-store.ts';
import type { FeedBook } from './feed-book.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** As far as anybody looks back. */
const LOOKED_BACK_MS = 22 * DAY_MS;
const MOST_OWED = 24 * 60;
/** Minutes: a batch that spans more than this is no backlog, but some old posts. */
const MOST_FILLED = 3 * 24 * 60;
/** A feed that was live for less than this of a minute did not cover it. */
const LEAST_LIVE_MS = MINUTE_MS / 2;
/** Between two looks that are further apart nobody looked. */
const LONGEST_LOOK_MS = 5_000;

interface Range {
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * When feeds were delivering, for each watch query by the feeds that may bring something for it: everything else is a
 * gap, never calm. Kept in the mention store, so that it is known after a restart.
 */
export interface Coverage {
  /** To be called about once a second. */
  tick(now: Instant): void;
  /** A feed brought, after the fact, what was said from one moment to another: nothing is missing there any more. */
  fill(feedId: FeedId, from: Instant, to: Instant): void;
  /** Somebody was delivering for this watch query then; before anybody kept notes, and while no feed is set up: yes. */
  isCovered(watchQueryId: WatchQueryId, at: Instant): boolean;
}

export function createCoverage(deps: {
  readonly feeds: Pick<FeedBook, 'statuses' | 'boundTo'>;
  readonly store: Pick<MentionStore, 'noteCovered' | 'coveredRanges' | 'forgetCoveredBefore'>;
  now(): Instant;
  /** Writes; a disk that refuses must not stop the ticking. */
  attempt(what: string, act: () => void): boolean;
}): Coverage {
  const { feeds, store } = deps;
  /** The minute that is running; before the first tick there is none, and the present decides. */
  let minute = Math.floor(deps.now() / MINUTE_MS);
  let lookedAt: Instant | null = null;
  let liveMs = new Map<FeedId, number>();
  /** What the disk did not take yet. */
  let owed: readonly { readonly at: Instant; readonly feedIds: readonly FeedId[] }[] = [];
  let rangesByQuery = new Map<WatchQueryId, readonly Range[]>();
  let liveByQuery = new Map<WatchQueryId, boolean>();
  /** Undefined until asked for, or when the first note may have come since. */
  let notedSince: number | undefined;

  function asked(): readonly FeedView[] {
    return feeds.statuses().filter(({ kind, state }) => kind !== 'entry' && state !== 'history');
  }

  function mayBring({ feedId }: FeedView, watchQueryId: WatchQueryId): boolean {
    const bound = feeds.boundTo(feedId);
    return bound === null || bound === watchQueryId;
  }

  function closeMinute(): void {
    const feedIds = [...liveMs].filter(([, ms]) => ms >= LEAST_LIVE_MS).map(([feedId]) => feedId);
    if (feedIds.length > 0) owed = [...owed, { at: instant(minute * MINUTE_MS), feedIds }].slice(-MOST_OWED);
    deps.attempt('noting coverage', () => {
      for (let next = owed[0]; next !== undefined; next = owed[0]) {
        store.noteCovered(next.feedIds, next.at);
        owed = owed.slice(1);
      }
      if (notedSince === Number.POSITIVE_INFINITY) notedSince = undefined;
      if (minute % (24 * 60) === 0) store.forgetCoveredBefore(instant(minute * MINUTE_MS - 2 * LOOKED_BACK_MS));
    });
    rangesByQuery = new Map();
  }

  function firstNote(): number {
    // What was noted first stays first; until anything is, nobody kept notes.
    notedSince ??= store.coveredRanges(instant(0), deps.now(), null)[0]?.from ?? Number.POSITIVE_INFINITY;
    return notedSince;
  }

  function rangesOf(watchQueryId: WatchQueryId): readonly Range[] {
    const known = rangesByQuery.get(watchQueryId);
    if (known) return known;
    const all = asked();
    const may = all.filter((status) => mayBring(status, watchQueryId));
    // Feeds that are gone are nobody's any more; they count as long as no feed belongs to another query alone.
    const feedIds = may.length === all.length ? null : may.map(({ feedId }) => feedId);
    const end = instant(minute * MINUTE_MS);
    const ranges = store.coveredRanges(instant(end - LOOKED_BACK_MS), end, feedIds);
    rangesByQuery.set(watchQueryId, ranges);
    return ranges;
  }

  function isLive(watchQueryId: WatchQueryId): boolean {
    const known = liveByQuery.get(watchQueryId);
    if (known !== undefined) return known;
    const all = asked();
    const live = all.length === 0 || all.some((one) => one.state === 'live' && mayBring(one, watchQueryId));
    liveByQuery.set(watchQueryId, live);
    return live;
  }

  return {
    tick(now) {
      const current = Math.floor(now / MINUTE_MS);
      if (current !== minute) {
        closeMinute();
        minute = current;
        liveMs = new Map();
      }
      const sinceLast = lookedAt === null ? 0 : Math.min(now - lookedAt, LONGEST_LOOK_MS);
      lookedAt = now;
      for (const { feedId, kind, state } of feeds.statuses())
        if (state === 'live' && kind !== 'entry') liveMs.set(feedId, (liveMs.get(feedId) ?? 0) + sinceLast);
      liveByQuery = new Map();
    },
    fill(feedId, from, to) {
      const runningSince = minute * MINUTE_MS;
      if (from >= runningSince) return;
      const first = Math.floor(Math.max(from, Math.min(firstNote(), runningSince)) / MINUTE_MS);
      const last = Math.floor(Math.min(to, runningSince - 1) / MINUTE_MS);
      if (last - first > MOST_FILLED) return;
      deps.attempt('noting coverage', () => {
        for (let one = first; one <= last; one += 1) store.noteCovered([feedId], instant(one * MINUTE_MS));
      });
      rangesByQuery = new Map();
    },
    isCovered(watchQueryId, at) {
      if (at >= minute * MINUTE_MS) return isLive(watchQueryId);
      if (at < firstNote()) return true;
      return covers(rangesOf(watchQueryId), at);
    },
  };
}

/** Ranges are in order and do not touch. */
function covers(ranges: readonly Range[], at: Instant): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle];
    if (range && range.to <= at) low = middle + 1;
    else high = middle;
  }
  const found = ranges[low];
  return found !== undefined && found.from <= at;
}
