import type { Database } from 'better-sqlite3';
import type { Instant, WatchQueryId } from '../../../shared/base/ids.ts';
import type { Mention, Post } from '../../../shared/domain/mention/mention.ts';
import { mentionFromRow, POST_COLUMNS, postFromRow, type PostRow } from './mention-columns.ts';
import type { Names } from './names.ts';
import { AFTER_ALL_KEYS, timeKey } from './time-key.ts';

/** Read at once, so that a long walk holds neither the memory nor the store. */
const PAGE = 1000;

const IN_RANGE = `FROM mention CROSS JOIN post ON post.n = mention.n
  WHERE mention.query = ? AND mention.n >= ? AND mention.n < ?`;

type Range = [query: number, from: number, to: number, limit: number];

export function createMentionReader(
  db: Database,
  { queries, channels }: { readonly queries: Names; readonly channels: Names },
) {
  const selectNewest = db
    .prepare<Range, PostRow>(`SELECT ${POST_COLUMNS} ${IN_RANGE} ORDER BY mention.n DESC LIMIT ?`)
    .raw();
  const selectOldest = db
    .prepare<Range, PostRow>(`SELECT ${POST_COLUMNS} ${IN_RANGE} ORDER BY mention.n LIMIT ?`)
    .raw();
  const selectMostEngaged = db
    .prepare<Range, PostRow>(
      `SELECT ${POST_COLUMNS} ${IN_RANGE} AND post.engagement IS NOT NULL
       ORDER BY post.engagement DESC, mention.n DESC LIMIT ?`,
    )
    .raw();
  const selectCount = db
    .prepare<[number, number], number>('SELECT count(*) FROM mention WHERE query = ? AND n >= ?')
    .pluck();
  const selectById = db
    .prepare<{ id: string; channel: number | null; query: number }, PostRow>(
      `SELECT ${POST_COLUMNS} FROM post WHERE id = :id AND (:channel IS NULL OR channel = :channel)
         AND EXISTS (SELECT 1 FROM mention WHERE mention.query = :query AND mention.n = post.n)
       ORDER BY n DESC LIMIT 1`,
    )
    .raw();
  const selectSeen = db
    .prepare<[string, number, number], number>(
      `SELECT 1 FROM mention WHERE author = (SELECT number FROM author WHERE name = ?) AND query = ? AND n < ? LIMIT 1`,
    )
    .pluck();
  const selectPosts = db
    .prepare<[number, number], PostRow>(`SELECT ${POST_COLUMNS} FROM post WHERE n < ? ORDER BY n DESC LIMIT ?`)
    .raw();

  function read(select: typeof selectNewest, id: WatchQueryId, from: number, to: number, limit: number) {
    const query = queries.find(id);
    return query === null ? [] : select.all(query, from, to, limit).map((row) => mentionFromRow(row, id, channels));
  }

  /** Nothing is held between two pages: the store may be written to meanwhile. */
  function* pages(watchQueryId: WatchQueryId, since: Instant): Generator<readonly Mention[], void> {
    const query = queries.find(watchQueryId);
    if (query === null) return;
    for (let from = timeKey(since); ;) {
      const rows = selectOldest.all(query, from, AFTER_ALL_KEYS, PAGE);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map((row) => mentionFromRow(row, watchQueryId, channels));
      if (rows.length < PAGE) return;
      from = last[0] + 1;
    }
  }

  return {
    newest: (watchQueryId: WatchQueryId, limit: number) => read(selectNewest, watchQueryId, 0, AFTER_ALL_KEYS, limit),
    mostEngaged: (watchQueryId: WatchQueryId, since: Instant, limit: number) =>
      read(selectMostEngaged, watchQueryId, timeKey(since), AFTER_ALL_KEYS, limit),
    between: (watchQueryId: WatchQueryId, from: Instant, to: Instant, limit: number) =>
      read(selectNewest, watchQueryId, timeKey(from), timeKey(to), limit),
    countSince(watchQueryId: WatchQueryId, since: Instant): number {
      const query = queries.find(watchQueryId);
      return query === null ? 0 : (selectCount.get(query, timeKey(since)) ?? 0);
    },
    pages,
    get(watchQueryId: WatchQueryId, id: string, channel: string | null): Mention | null {
      const query = queries.find(watchQueryId);
      const number = channel === null ? null : channels.find(channel);
      if (query === null || (channel !== null && number === null)) return null;
      const row = selectById.get({ id, channel: number, query });
      return row === undefined ? null : mentionFromRow(row, watchQueryId, channels);
    },
    seenAuthors(watchQueryId: WatchQueryId, authors: readonly string[], before: Instant): ReadonlySet<string> {
      const query = queries.find(watchQueryId);
      if (query === null) return new Set();
      return new Set(authors.filter((author) => selectSeen.get(author, query, timeKey(before)) !== undefined));
    },
    *newestPosts(limit: number): Generator<Post, void> {
      let below = AFTER_ALL_KEYS;
      for (let left = limit; left > 0; left -= PAGE) {
        const rows = selectPosts.all(below, Math.min(PAGE, left));
        const last = rows.at(-1);
        if (last === undefined) return;
        for (const row of rows) yield postFromRow(row, channels);
        below = last[0];
      }
    },
  };
}
