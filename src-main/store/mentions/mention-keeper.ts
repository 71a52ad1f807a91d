import type { Database } from 'better-sqlite3';
import type { Instant, WatchQueryId } from '../../../shared/base/ids.ts';
import type { Post } from '../../../shared/domain/mention/mention.ts';
import { POST_COLUMNS, postFromRow, type PostRow } from './mention-columns.ts';
import type { Names } from './names.ts';
import { AFTER_ALL_KEYS, timeKey, timeOfKey } from './time-key.ts';

// What is done to the store behind everybody's back. Each call is one short transaction, so that mentions that arrive
// meanwhile wait for no more than that; whoever calls goes on until it is done.

/** FTS5's own default. */
const AUTOMERGE = 4;

/** The number of the query that is nobody: what it asks for is kept, and is no mention. */
const NOBODY = 0;

/** How much of its limit a store may wait for: the index gives its pages back when it joins its pieces, which is rare. */
const MOST_OWED = 0.1;

export interface RetentionLimits {
  /** Posts seen before are taken out; null keeps them however old they are. */
  readonly before: Instant | null;
  /**
   * Bytes that the store may use; the oldest posts are taken out until it does, or will when the index has let go of
   * them: up to a tenth more. Null sets no limit.
   */
  readonly maxBytes: number | null;
}

export interface Retained {
  readonly removed: number;
  /** No post that was taken out was seen after this; null when none was. */
  readonly upTo: Instant | null;
}

/** A stretch of a walk through all posts, newest first. */
export interface RematchProgress {
  readonly looked: number;
  readonly added: number;
  /** No longer asked for, so no longer mentions; the posts stay. */
  readonly removed: number;
  /** Where to go on; null when every post has been looked at. */
  readonly next: number | null;
}

export interface StoreSize {
  readonly posts: number;
  /** Of the file, without the pages that are free. */
  readonly bytes: number;
}

export function createMentionKeeper(
  db: Database,
  { queries, channels }: { readonly queries: Names; readonly channels: Names },
) {
  // Near enough: a text and its words in the index, an identity and its index, and what all posts have.
  const selectOldest = db.prepare<
    [number, number],
    { readonly n: number; readonly author: number | null; readonly bytes: number }
  >(
    `SELECT n, author, 2 * octet_length(text) + 2 * octet_length(id) + 300 AS bytes
     FROM post WHERE pinned = 0 AND n < ? ORDER BY n LIMIT ?`,
  );
  const selectOfQuery = db.prepare<[number, number], { readonly n: number; readonly author: number | null }>(
    `SELECT mention.n AS n, mention.author AS author FROM mention
     WHERE query = ? AND NOT EXISTS (SELECT 1 FROM post WHERE post.n = mention.n AND pinned = 1)
     ORDER BY n LIMIT ?`,
  );
  const deleteMention = db.prepare<[number, number]>('DELETE FROM mention WHERE query = ? AND n = ?');
  const deleteStretch = db.prepare<[number, number, number]>(
    `DELETE FROM mention WHERE query = ? AND n BETWEEN ? AND ?
       AND NOT EXISTS (SELECT 1 FROM post WHERE post.n = mention.n AND pinned = 1)`,
  );
  const selectAnyQuery = db
    .prepare<[number], number>(
      `SELECT number FROM watch_query
       WHERE EXISTS (SELECT 1 FROM mention WHERE mention.query = watch_query.number AND mention.n = ?)
       ORDER BY number DESC LIMIT 1`,
    )
    .pluck();
  const deleteWords = db.prepare<[number]>('DELETE FROM post_words WHERE rowid = ?');
  const deletePost = db.prepare<[number]>('DELETE FROM post WHERE n = ?');
  const deleteAuthor = db.prepare<[number]>(
    'DELETE FROM author WHERE number = ? AND NOT EXISTS (SELECT 1 FROM mention WHERE mention.author = author.number)',
  );
  const mergeWords = db.prepare(`INSERT INTO post_words (post_words, rank) VALUES ('merge', 100)`);
  /** Asking anything makes FTS5 write what it holds back. */
  const writeIndex = db.prepare(`SELECT rowid FROM post_words WHERE post_words MATCH 'a' LIMIT 1`);
  const setAutomerge = db.prepare<[number]>(
    `INSERT INTO post_words (post_words, rank) VALUES ('automerge', CAST(? AS INTEGER))`,
  );
  const pin = db.prepare<{ query: number; id: string; channel: number | null }>(
    `UPDATE post SET pinned = 1 WHERE id = :id AND (:channel IS NULL OR channel = :channel)
       AND EXISTS (SELECT 1 FROM mention WHERE mention.query = :query AND mention.n = post.n)`,
  );
  const selectPosts = db
    .prepare<[number, number], PostRow>(`SELECT ${POST_COLUMNS} FROM post WHERE n < ? ORDER BY n DESC LIMIT ?`)
    .raw();
  const hasMention = db.prepare<[number, number], number>('SELECT 1 FROM mention WHERE query = ? AND n = ?').pluck();
  const insertMention = db.prepare<[number, number]>(
    `INSERT INTO mention (query, n, channel, author, reach, sentiment)
     SELECT ?, n, channel, author, reach, sentiment FROM post WHERE n = ? ON CONFLICT DO NOTHING`,
  );
  const countPosts = db.prepare<[], number>('SELECT count(*) FROM post').pluck();

  function usedBytes(): number {
    const value = (name: string) => Number(db.pragma(name, { simple: true }));
    return (value('page_count') - value('freelist_count')) * value('page_size');
  }

  /** Those that are nobody's mentions any more. */
  function deletePosts(posts: readonly { readonly n: number; readonly author: number | null }[]): void {
    if (posts.length === 0) return;
    // By itself the index would now join as many pages as posts are taken out, which takes a hundred times as long.
    setAutomerge.run(0);
    for (const { n } of posts) {
      deleteWords.run(n);
      deletePost.run(n);
    }
    const authors = new Set(posts.flatMap(({ author }) => author ?? []));
    for (const author of authors) deleteAuthor.run(author);
    writeIndex.get(); // while that holds
    setAutomerge.run(AUTOMERGE);
  }

  /** What was taken out leaves the index when its pieces are joined, and the file when its pages are. */
  function tidy(): void {
    mergeWords.run();
    db.pragma('incremental_vacuum(200)');
  }

  /** Bytes of posts that are gone and whose pages are not, yet. After a restart nobody knows, and a few more posts go. */
  let owedBytes = 0;

  const retain = db.transaction(({ before, maxBytes }: RetentionLimits, slice: number): Retained => {
    const isTooLarge = maxBytes !== null && usedBytes() - Math.min(owedBytes, MOST_OWED * maxBytes) > maxBytes;
    if (before === null && !isTooLarge) return { removed: 0, upTo: null };
    const below = isTooLarge ? AFTER_ALL_KEYS : timeKey(before as Instant);
    const oldest = selectOldest.all(below, slice);
    const [first, last] = [oldest[0], oldest.at(-1)];
    // A stretch of each query at once; a slice is all that is not pinned from its first post to its last.
    if (first && last) for (const query of queries.numbers()) deleteStretch.run(query, first.n, last.n);
    deletePosts(oldest);
    for (const { bytes } of oldest) owedBytes += bytes;
    return { removed: oldest.length, upTo: last === undefined ? null : timeOfKey(last.n) };
  });

  const removeMentions = db.transaction((watchQueryId: WatchQueryId, slice: number): number => {
    const query = queries.find(watchQueryId);
    if (query === null) return 0;
    const some = selectOfQuery.all(query, slice);
    for (const { n } of some) deleteMention.run(query, n);
    const unasked = some.filter(({ n }) => (selectAnyQuery.get(n) ?? NOBODY) === NOBODY);
    for (const { n } of unasked) deleteMention.run(NOBODY, n);
    deletePosts(unasked);
    return some.length;
  });

  const rematch = db.transaction(
    (watchQueryId: WatchQueryId, asksFor: (post: Post) => boolean, from: number | null, slice: number) => {
      const query = queries.numberOf(watchQueryId);
      const page = selectPosts.all(from ?? AFTER_ALL_KEYS, slice);
      let added = 0;
      let removed = 0;
      for (const row of page) {
        const [n] = row;
        const asked = asksFor(postFromRow(row, channels));
        const isMention = hasMention.get(query, n) !== undefined;
        if (asked && !isMention) {
          insertMention.run(query, n);
          deleteMention.run(NOBODY, n);
          added += 1;
        } else if (!asked && isMention) {
          deleteMention.run(query, n);
          if (selectAnyQuery.get(n) === undefined) insertMention.run(NOBODY, n);
          removed += 1;
        }
      }
      const next = page.length < slice ? null : (page.at(-1)?.[0] ?? null);
      return { looked: page.length, added, removed, next } satisfies RematchProgress;
    },
  );

  function forgettingOnFailure<Value>(act: () => Value): Value {
    try {
      return act();
    } catch (cause) {
      queries.forget();
      throw cause;
    }
  }

  return {
    retain(limits: RetentionLimits, slice: number): Retained {
      const usedBefore = usedBytes();
      const owedBefore = owedBytes;
      try {
        const retained = retain.immediate(limits, slice);
        if (retained.removed > 0 || owedBytes > 0) tidy();
        owedBytes = Math.max(0, owedBytes - Math.max(0, usedBefore - usedBytes()));
        return retained;
      } catch (cause) {
        owedBytes = owedBefore;
        throw cause;
      }
    },
    removeMentions(watchQueryId: WatchQueryId, slice: number): number {
      const removed = removeMentions.immediate(watchQueryId, slice);
      if (removed > 0) tidy();
      return removed;
    },
    rematch: (
      watchQueryId: WatchQueryId,
      asksFor: (post: Post) => boolean,
      from: number | null,
      slice: number,
    ): RematchProgress => forgettingOnFailure(() => rematch.immediate(watchQueryId, asksFor, from, slice)),
    pin(watchQueryId: WatchQueryId, id: string, channel: string | null): boolean {
      const query = queries.find(watchQueryId);
      const number = channel === null ? null : channels.find(channel);
      if (query === null || (channel !== null && number === null)) return false;
      return pin.run({ query, id, channel: number }).changes > 0;
    },
    size: (): StoreSize => ({ posts: countPosts.get() ?? 0, bytes: usedBytes() }),
  };
}
