import type { Database } from 'better-sqlite3';
import type { Instant, WatchQueryId } from '../../shared/base/ids.ts';
import type { Mention, Post } from '../../shared/domain/mention/mention.ts';
import { createFeedNotes, type FeedNotes } from './mentions/feed-notes.ts';
import { createMentionBuckets, type BucketRequest, type MentionBucket } from './mentions/mention-buckets.ts';
import {
  createMentionKeeper,
  type RematchProgress,
  type RetentionLimits,
  type StoreSize,
} from './mentions/mention-keeper.ts';
import { createMentionReader } from './mentions/mention-reader.ts';
import { createMentionSearch, type MentionSearch } from './mentions/mention-search.ts';
import { createMentionWriter, type FeedPlace, type InsertedMentions } from './mentions/mention-writer.ts';
import { createNames } from './mentions/names.ts';

/**
 * Data, not evidence: what a feed brings can be fetched or imported again. One post is stored once, whichever feeds
 * bring it: its identity is its channel and the source's own id. It may be a mention of several watch queries. Lists are
 * by `observedAt`, and of equal ones the later stored counts as the newer.
 */
export interface MentionStore extends FeedNotes {
  /**
   * One transaction, the feed's place included: never is the place ahead of the posts. A post seen again keeps its first
   * words and times and takes the higher engagement. Those of one post come fastest as neighbours.
   */
  insert(mentions: readonly Mention[], place?: FeedPlace): InsertedMentions;
  /** Newest first. */
  newest(watchQueryId: WatchQueryId, count: number): readonly Mention[];
  /** Highest engagement first, among those observed since; mentions of unknown engagement are left out. */
  mostEngaged(watchQueryId: WatchQueryId, since: Instant, count: number): readonly Mention[];
  /** The newest `limit` of those observed from `from` up to `to`, which is not part of it; newest first. */
  mentionsBetween(watchQueryId: WatchQueryId, from: Instant, to: Instant, limit: number): readonly Mention[];
  countSince(watchQueryId: WatchQueryId, since: Instant): number;
  /** Oldest first, one at a time: warms a spike monitor at start. `visit` may write to this store. */
  each(watchQueryId: WatchQueryId, since: Instant, visit: (mention: Mention) => void): void;
  /** The same, a page of about a thousand at a time, for whoever lets others work in between. */
  pages(watchQueryId: WatchQueryId, since: Instant): Iterable<readonly Mention[]>;
  /** Newest first; see `MentionSearch`. */
  search(search: MentionSearch): readonly Mention[];
  /** Oldest first: what was said in each step of time on each channel. */
  buckets(request: BucketRequest): readonly MentionBucket[];
  /** Those of the authors who were seen in this watch query before. */
  seenAuthors(watchQueryId: WatchQueryId, authors: readonly string[], before: Instant): ReadonlySet<string>;
  /** Without a channel the newest one of that id; null when there is none, or not of this watch query. */
  get(watchQueryId: WatchQueryId, id: string, channel?: string): Mention | null;
  /** The newest posts of all watch queries, newest first: what a query is tried on before it is saved. */
  newestPosts(limit: number): Iterable<Post>;
  /** Protects the post from retention, for good; false when there is none. */
  pin(watchQueryId: WatchQueryId, id: string, channel?: string): boolean;
  /**
   * Judges a slice of the stored posts anew for a watch query that was added or changed, newest first, from `from` (null
   * at first). Those that are no longer asked for stop being mentions, and are kept in case the query changes back.
   */
  rematch(
    watchQueryId: WatchQueryId,
    asksFor: (post: Post) => boolean,
    from: number | null,
    slice: number,
  ): RematchProgress;
  /** Takes out a slice of a watch query's mentions, and the posts that nobody else asks for. Gives how many; 0: done. */
  removeMentions(watchQueryId: WatchQueryId, slice: number): number;
  /** Takes out a slice of the oldest posts that are beyond the limits and not pinned. Gives how many; 0: done. */
  retain(limits: RetentionLimits, slice: number): number;
  size(): StoreSize;
}

/** Over a database that `MENTION_MIGRATIONS` has brought to its newest schema. */
export function createMentionStore(db: Database): MentionStore {
  const names = { queries: createNames(db, 'watch_query'), channels: createNames(db, 'channel') };
  const notes = createFeedNotes(db);
  const writer = createMentionWriter(db, names, notes.setCursor);
  const reader = createMentionReader(db, names);
  const keeper = createMentionKeeper(db, names);
  const buckets = createMentionBuckets(db, names);
  return {
    ...notes,
    insert(mentions, place) {
      const inserted = writer.insert(mentions, place ?? null);
      buckets.changed(inserted.added);
      return inserted;
    },
    newest: reader.newest,
    mostEngaged: reader.mostEngaged,
    mentionsBetween: reader.between,
    countSince: reader.countSince,
    each(watchQueryId, since, visit) {
      for (const page of reader.pages(watchQueryId, since)) for (const mention of page) visit(mention);
    },
    pages: reader.pages,
    search: createMentionSearch(db, names),
    buckets: buckets.read,
    seenAuthors: reader.seenAuthors,
    get: (watchQueryId, id, channel) => reader.get(watchQueryId, id, channel ?? null),
    newestPosts: reader.newestPosts,
    pin: (watchQueryId, id, channel) => keeper.pin(watchQueryId, id, channel ?? null),
    rematch(...args) {
      const progress = keeper.rematch(...args);
      if (progress.added + progress.removed > 0) buckets.forget();
      return progress;
    },
    removeMentions(watchQueryId, slice) {
      buckets.forget();
      return keeper.removeMentions(watchQueryId, slice);
    },
    retain(limits, slice) {
      const { removed, upTo } = keeper.retain(limits, slice);
      if (upTo !== null) buckets.forget(upTo);
      return removed;
    },
    size: keeper.size,
  };
}
