import type { Database } from 'better-sqlite3';
import type { FeedId, Instant } from '../../../shared/base/ids.ts';

const MINUTE_MS = 60_000;

/** A stretch of time in which at least one of the feeds delivered; `to` is its end, and not part of it. */
export interface CoveredRange {
  readonly from: Instant;
  readonly to: Instant;
}

/** What is kept about the feeds themselves: where each has been read to, and when it delivered. */
export interface FeedNotes {
  /** Plain JSON, null when it never said. */
  getCursor(feedId: FeedId): unknown;
  setCursor(feedId: FeedId, cursor: unknown): void;
  /** These feeds delivered throughout the minute that `minute` is in. */
  noteCovered(feedIds: readonly FeedId[], minute: Instant): void;
  /** What was covered between `from` and `to`, by any of these feeds (null: of all), oldest first, none touching. */
  coveredRanges(from: Instant, to: Instant, feedIds: readonly FeedId[] | null): readonly CoveredRange[];
  /** Nobody asks any more what was covered before. */
  forgetCoveredBefore(before: Instant): void;
}

interface Range {
  readonly feedId: string;
  readonly first: number;
  readonly last: number;
}

export function createFeedNotes(db: Database): FeedNotes {
  const selectCursor = db.prepare<[string], string>('SELECT cursor FROM feed_cursor WHERE feed_id = ?').pluck();
  const upsertCursor = db.prepare<[string, string]>(
    'INSERT INTO feed_cursor (feed_id, cursor) VALUES (?, ?) ON CONFLICT (feed_id) DO UPDATE SET cursor = excluded.cursor',
  );
  const selectLast = db.prepare<[string, number], Range>(
    `SELECT feed_id AS feedId, from_minute AS first, to_minute AS last FROM covered
     WHERE feed_id = ? AND from_minute <= ? ORDER BY from_minute DESC LIMIT 1`,
  );
  const insertRange = db.prepare<[string, number, number]>(
    'INSERT INTO covered (feed_id, from_minute, to_minute) VALUES (?, ?, ?)',
  );
  const extendRange = db.prepare<[number, string, number]>(
    'UPDATE covered SET to_minute = ? WHERE feed_id = ? AND from_minute = ?',
  );
  const selectRanges = db.prepare<[number, number], Range>(
    `SELECT feed_id AS feedId, from_minute AS first, to_minute AS last FROM covered
     WHERE to_minute >= ? AND from_minute <= ? ORDER BY from_minute`,
  );
  const deleteRanges = db.prepare<[number]>('DELETE FROM covered WHERE to_minute < ?');

  const noteCovered = db.transaction((feedIds: readonly FeedId[], minute: number) => {
    for (const feedId of feedIds) {
      const before = selectLast.get(feedId, minute);
      if (before && before.last >= minute) continue;
      if (before?.last === minute - 1) extendRange.run(minute, feedId, before.first);
      else insertRange.run(feedId, minute, minute);
    }
  });

  return {
    getCursor(feedId) {
      const cursor = selectCursor.get(feedId);
      return cursor === undefined ? null : (JSON.parse(cursor) as unknown);
    },
    setCursor: (feedId, cursor) => void upsertCursor.run(feedId, JSON.stringify(cursor)),
    noteCovered: (feedIds, minute) => noteCovered.immediate(feedIds, Math.floor(minute / MINUTE_MS)),
    coveredRanges(from, to, feedIds) {
      const rows = selectRanges.all(Math.floor(from / MINUTE_MS), Math.ceil(to / MINUTE_MS) - 1);
      const asked = feedIds === null ? rows : rows.filter(({ feedId }) => feedIds.includes(feedId as FeedId));
      const joined: { from: Instant; to: Instant }[] = [];
      for (const { first, last } of asked) {
        const start = Math.max(from, first * MINUTE_MS) as Instant;
        const end = Math.min(to, (last + 1) * MINUTE_MS) as Instant;
        const previous = joined.at(-1);
        if (previous && start <= previous.to) previous.to = Math.max(previous.to, end) as Instant;
        else if (start < end) joined.push({ from: start, to: end });
      }
      return joined;
    },
    forgetCoveredBefore: (before) => void deleteRanges.run(Math.floor(before / MINUTE_MS)),
  };
}
