import type { FeedId, Instant, WatchQueryId } from '../../shared/base/ids.ts';
import type { Post } from '../../shared/domain/mention/mention.ts';
import { createMatcher } from '../../shared/domain/watch-query/matcher.ts';
import type { WatchQuery, WorkspaceState } from '../../shared/domain/workspace/workspace.ts';
import type { Schedule } from '../commands/ports.ts';
import type { MentionStore } from '../store/mention-store.ts';
import type { BackgroundWork } from './background-work.ts';
import { longestChartDay } from './storm-points.ts';

const HOUR_MS = 60 * 60_000;
/**
 * Some ten million mentions: a laptop's disk is not ours to fill. Age alone takes nothing out, because an import is as
 * old as what it tells, and was asked for yesterday.
 */
const MOST_BYTES = 8 * 1024 ** 3;
const SLICE = 200;
const CHART_DAYS = 21;
/** Between two slices, so that mentions and people come first. */
const BREATH_MS = 20;

/** What is done to the stored mentions in small pieces: counting them, judging them anew for a changed query, letting go. */
export interface MentionUpkeep {
  start(): void;
  queriesChanged(before: readonly WatchQuery[], now: readonly WatchQuery[]): void;
  stop(): void;
}

/** One piece of work; true when there is more. */
type Slice = () => boolean;

export function createMentionUpkeep(deps: {
  readonly store: Pick<MentionStore, 'rematch' | 'removeMentions' | 'retain' | 'get' | 'buckets'>;
  now(): Instant;
  state(): WorkspaceState;
  boundTo(feedId: FeedId): WatchQueryId | null;
  readonly schedule: Schedule;
  readonly work: BackgroundWork;
  /** The stored mentions of this query are others now. */
  rematched(watchQueryId: WatchQueryId): void;
}): MentionUpkeep {
  const { store, schedule, work } = deps;
  const waiting = new Map<string, Slice>();
  let cancelSlice: (() => void) | null = null;
  let cancelHourly: () => void = () => undefined;
  let isStopped = false;

  /** Work of the same name that has not ended begins anew. */
  function enqueue(name: string, slice: Slice): void {
    waiting.delete(name);
    waiting.set(name, slice);
    goOn();
  }

  function goOn(): void {
    if (isStopped || cancelSlice) return;
    const [next] = waiting;
    if (!next) return;
    const [name, slice] = next;
    cancelSlice = schedule(BREATH_MS, () => {
      cancelSlice = null;
      let hasMore = false;
      work.attempt(name, () => (hasMore = slice()));
      if (!hasMore && waiting.get(name) === slice) waiting.delete(name);
      goOn();
    });
  }

  function rematch(query: WatchQuery): Slice {
    const { watchQueryId } = query;
    const matcher = createMatcher([query]);
    let from: number | null = null;
    let changed = 0;

    /** What came by a file or by hand belongs to its query whatever the words are; a matched feed's goes by the words. */
    function asksFor(post: Post): boolean {
      if (matcher.match(post).length > 0 || deps.boundTo(post.feedId) === watchQueryId) return true;
      const feed = deps.state().feeds.find(({ feedId }) => feedId === post.feedId);
      const goesByWords = feed?.watchQueryId === null;
      return !goesByWords && store.get(watchQueryId, post.id, post.channel) !== null;
    }

    return () => {
      const { added, removed, next } = store.rematch(watchQueryId, asksFor, from, SLICE);
      changed += added + removed;
      from = next;
      if (next !== null) return true;
      if (changed > 0) deps.rematched(watchQueryId);
      return false;
    };
  }

  /** The store remembers the steps of a chart once it has counted them: who opens it first need not wait for that. */
  function countAhead(watchQueryId: WatchQueryId): Slice {
    let day = 0;
    return () => {
      store.buckets(longestChartDay(watchQueryId, day, deps.now()));
      day += 1;
      return day < CHART_DAYS;
    };
  }

  function start(): void {
    for (const { watchQueryId } of deps.state().watchQueries)
      enqueue(`the chart of ${watchQueryId}`, countAhead(watchQueryId));
    hourly();
  }

  function hourly(): void {
    enqueue('retention', () => store.retain({ before: null, maxBytes: MOST_BYTES }, SLICE) > 0);
    cancelHourly = schedule(HOUR_MS, hourly);
  }

  return {
    start,
    queriesChanged(before, now) {
      const ids = new Set(now.map(({ watchQueryId }) => watchQueryId));
      for (const { watchQueryId } of before) {
        if (ids.has(watchQueryId)) continue;
        waiting.delete(`judging mentions of ${watchQueryId} anew`);
        enqueue(`removal of ${watchQueryId}`, () => store.removeMentions(watchQueryId, SLICE) > 0);
      }
      for (const query of now) {
        const { watchQueryId } = query;
        const isSame = before.some((one) => one.watchQueryId === watchQueryId && one.query === query.query);
        if (isSame) continue;
        waiting.delete(`removal of ${watchQueryId}`);
        enqueue(`judging mentions of ${watchQueryId} anew`, rematch(query));
      }
    },
    stop() {
      isStopped = true;
      cancelSlice?.();
      cancelHourly();
    },
  };
}
