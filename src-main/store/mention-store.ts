import type { Database } from 'better-sqlite3';
import type { FeedId, Instant, WatchQueryId } from '../../shared/base/ids.ts';
import type { Mention } from '../../shared/domain/mention/mention.ts';

/** Data, not evidence: what a feed brings can be fetched or imported again. */
export interface MentionStore {
  /**
   * One transaction. A mention seen again keeps its first times and takes the higher engagement. Gives how many were
   * new. One post may be a mention of several watch queries.
   */
  insert(mentions: readonly Mention[]): number;
  /** Newest first by `observedAt`. */
  newest(watchQueryId: WatchQueryId, count: number): readonly Mention[];
  /** Highest engagement first, among those observed since; mentions of unknown engagement are left out. */
  mostEngaged(watchQueryId: WatchQueryId, since: Instant, count: number): readonly Mention[];
  countSince(watchQueryId: WatchQueryId, since: Instant): number;
  /** Oldest first by `observedAt`, one at a time: warms a spike monitor at start. `visit` must not write to this store. */
  each(watchQueryId: WatchQueryId, since: Instant, visit: (mention: Mention) => void): void;
  /** Where a feed has been read to; plain JSON, null when it never said. */
  getCursor(feedId: FeedId): unknown;
  setCursor(feedId: FeedId, cursor: unknown): void;
}

export const MENTION_TABLES = `
  CREATE TABLE IF NOT EXISTS mention (
    watch_query_id TEXT NOT NULL,
    id TEXT NOT NULL,
    feed_id TEXT NOT NULL,
    author TEXT,
    text TEXT NOT NULL,
    url TEXT,
    occurred_at INTEGER,
    observed_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    engagement REAL,
    reach REAL,
    repost_of TEXT,
    sentiment REAL,
    PRIMARY KEY (watch_query_id, id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS mention_by_time ON mention (watch_query_id, observed_at);
  CREATE TABLE IF NOT EXISTS feed_cursor (
    feed_id TEXT PRIMARY KEY,
    cursor TEXT NOT NULL
  ) STRICT;
`;

const COLUMNS = `id, feed_id AS feedId, watch_query_id AS watchQueryId, author, text, url, occurred_at AS occurredAt,
  observed_at AS observedAt, recorded_at AS recordedAt, engagement, reach, repost_of AS repostOf, sentiment`;

/** Makes its tables where they are missing. Rows were parsed when they came in, and are trusted when they come out. */
export function createMentionStore(db: Database): MentionStore {
  db.exec(MENTION_TABLES);
  const insertRow = db.prepare(
    `INSERT INTO mention (watch_query_id, id, feed_id, author, text, url, occurred_at, observed_at, recorded_at,
      engagement, reach, repost_of, sentiment)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const raiseEngagement = db.prepare<[number, string, string, number]>(
    'UPDATE mention SET engagement = ? WHERE watch_query_id = ? AND id = ? AND coalesce(engagement, -1) < ?',
  );
  const selectNewest = db.prepare<[string, number], Mention>(
    `SELECT ${COLUMNS} FROM mention WHERE watch_query_id = ? ORDER BY observed_at DESC, rowid DESC LIMIT ?`,
  );
  const selectMostEngaged = db.prepare<[string, number, number], Mention>(
    `SELECT ${COLUMNS} FROM mention WHERE watch_query_id = ? AND observed_at >= ? AND engagement IS NOT NULL
     ORDER BY engagement DESC, observed_at DESC, id LIMIT ?`,
  );
  const selectCount = db
    .prepare<[string, number], number>('SELECT count(*) FROM mention WHERE watch_query_id = ? AND observed_at >= ?')
    .pluck();
  const selectEach = db.prepare<[string, number], Mention>(
    `SELECT ${COLUMNS} FROM mention WHERE watch_query_id = ? AND observed_at >= ? ORDER BY observed_at, rowid`,
  );
  const selectCursor = db.prepare<[string], string>('SELECT cursor FROM feed_cursor WHERE feed_id = ?').pluck();
  const upsertCursor = db.prepare<[string, string]>(
    'INSERT INTO feed_cursor (feed_id, cursor) VALUES (?, ?) ON CONFLICT (feed_id) DO UPDATE SET cursor = excluded.cursor',
  );

  const insert = db.transaction((mentions: readonly Mention[]): number => {
    let fresh = 0;
    for (const m of mentions) {
      const { changes } = insertRow.run(
        m.watchQueryId,
        m.id,
        m.feedId,
        m.author,
        m.text,
        m.url,
        m.occurredAt,
        m.observedAt,
        m.recordedAt,
        m.engagement,
        m.reach,
        m.repostOf,
        m.sentiment,
      );
      fresh += changes;
      if (changes === 0 && m.engagement !== null) raiseEngagement.run(m.engagement, m.watchQueryId, m.id, m.engagement);
    }
    return fresh;
  });

  return {
    insert: (mentions) => insert.immediate(mentions),
    newest: (watchQueryId, count) => selectNewest.all(watchQueryId, count),
    mostEngaged: (watchQueryId, since, count) => selectMostEngaged.all(watchQueryId, since, count),
    countSince: (watchQueryId, since) => selectCount.get(watchQueryId, since) ?? 0,
    each(watchQueryId, since, visit) {
      for (const mention of selectEach.iterate(watchQueryId, since)) visit(mention);
    },
    getCursor(feedId) {
      const cursor = selectCursor.get(feedId);
      return cursor === undefined ? null : (JSON.parse(cursor) as unknown);
    },
    setCursor: (feedId, cursor) => void upsertCursor.run(feedId, JSON.stringify(cursor)),
  };
}
