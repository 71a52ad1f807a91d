import type { Database } from 'better-sqlite3';
import type { FeedId, WatchQueryId } from '../../../shared/base/ids.ts';
import { invariant } from '../../../shared/base/invariant.ts';
import type { Mention } from '../../../shared/domain/mention/mention.ts';
import { mentionFromRow, POST_COLUMNS, type PostRow } from './mention-columns.ts';
import type { Names } from './names.ts';
import { KEYS_A_MILLISECOND, timeKey } from './time-key.ts';

/** What came of mentions that a feed brought. */
export interface InsertedMentions {
  /** New ones, as they are stored, in the order in which they were brought. */
  readonly added: readonly Mention[];
  /** Known ones whose engagement rose or became known, once for every watch query that asks for them. */
  readonly raised: readonly Mention[];
}

/** Where the feed stands after the mentions that it is given with. */
export interface FeedPlace {
  readonly feedId: FeedId;
  readonly cursor: unknown;
}

/** One post among those being inserted. */
interface Placed {
  readonly n: number;
  /** It was stored before this insert, so that its first times and words are in the store and not in our hands. */
  readonly isKnown: boolean;
}

export function createMentionWriter(
  db: Database,
  { queries, channels }: { readonly queries: Names; readonly channels: Names },
  setCursor: (feedId: FeedId, cursor: unknown) => void,
) {
  const selectPost = db.prepare<[string, number], { readonly n: number; readonly engagement: number | null }>(
    'SELECT n, engagement FROM post WHERE id = ? AND channel = ?',
  );
  const selectLastKey = db
    .prepare<[number, number], number>('SELECT n FROM post WHERE n >= ? AND n < ? ORDER BY n DESC LIMIT 1')
    .pluck();
  const insertPost = db.prepare(
    `INSERT INTO post (n, channel, id, feed_id, author, text, url, language, occurred_at, observed_at, recorded_at,
      engagement, reach, repost_of, sentiment) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const selectAuthor = db.prepare<[string], number>('SELECT number FROM author WHERE name = ?').pluck();
  const insertAuthor = db.prepare<[string]>('INSERT INTO author (name) VALUES (?)');
  const insertMention = db.prepare<[number, number]>(
    `INSERT INTO mention (query, n, channel, author, reach, sentiment)
     SELECT ?, n, channel, author, reach, sentiment FROM post WHERE n = ? ON CONFLICT DO NOTHING`,
  );
  const insertFreshMention = db.prepare<[number, number, number, number | null, number | null, number | null]>(
    'INSERT INTO mention (query, n, channel, author, reach, sentiment) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const insertWords = db.prepare<[number, string, string | null]>(
    'INSERT INTO post_words (rowid, text, author) VALUES (?, ?, ?)',
  );
  const updateEngagement = db.prepare<[number, number]>('UPDATE post SET engagement = ? WHERE n = ?');
  const selectPostRow = db.prepare<[number], PostRow>(`SELECT ${POST_COLUMNS} FROM post WHERE n = ?`).raw();
  const selectQueriesOf = db
    .prepare<[number], WatchQueryId>(
      `SELECT name FROM watch_query WHERE number > 0
         AND EXISTS (SELECT 1 FROM mention WHERE mention.query = watch_query.number AND mention.n = ?)`,
    )
    .pluck();
  /** Where posts of a crowded millisecond go on, so that nobody counts through the full ones again. */
  const nextFree = new Map<number, number>();

  function freeKey(at: Mention['observedAt']): number {
    const first = timeKey(at);
    for (let from = nextFree.get(first) ?? first; ; from += KEYS_A_MILLISECOND) {
      const last = selectLastKey.get(from, from + KEYS_A_MILLISECOND);
      if (last === undefined) return from;
      if (last + 1 < from + KEYS_A_MILLISECOND) return last + 1;
      if (nextFree.size > 1000) nextFree.clear();
      nextFree.set(first, from + KEYS_A_MILLISECOND);
    }
  }

  function authorNumber(name: string): number {
    return selectAuthor.get(name) ?? Number(insertAuthor.run(name).lastInsertRowid);
  }

  const insert = db.transaction((mentions: readonly Mention[], place: FeedPlace | null): InsertedMentions => {
    const added: Mention[] = [];
    const fresh: { readonly n: number; readonly mention: Mention }[] = [];
    const risen = new Map<number, Set<WatchQueryId>>();
    const addedNow = new Map<number, Set<WatchQueryId>>();
    let latest: { readonly id: string; readonly channel: string; readonly placed: Placed } | null = null;

    function placeOf(mention: Mention, channel: number): Placed {
      // A post of several watch queries comes as neighbours.
      if (latest?.id === mention.id && latest.channel === mention.channel) return latest.placed;
      const known = selectPost.get(mention.id, channel);
      if (known === undefined) return { n: insertFresh(mention, channel), isKnown: false };
      if (mention.engagement !== null && mention.engagement > (known.engagement ?? -1)) {
        updateEngagement.run(mention.engagement, known.n);
        risen.set(known.n, addedNow.get(known.n) ?? new Set());
      }
      return { n: known.n, isKnown: true };
    }

    function insertFresh(mention: Mention, channel: number): number {
      const n = freeKey(mention.observedAt);
      const author = mention.author === null ? null : authorNumber(mention.author);
      insertPost.run(
        n,
        channel,
        mention.id,
        mention.feedId,
        author,
        mention.text,
        mention.url,
        mention.language,
        mention.occurredAt,
        mention.observedAt,
        mention.recordedAt,
        mention.engagement,
        mention.reach,
        mention.repostOf,
        mention.sentiment,
      );
      insertFreshMention.run(
        queries.numberOf(mention.watchQueryId),
        n,
        channel,
        author,
        mention.reach,
        mention.sentiment,
      );
      fresh.push({ n, mention });
      added.push(mention);
      return n;
    }

    for (const mention of mentions) {
      const channel = channels.numberOf(mention.channel);
      const countBefore = added.length;
      const placed = placeOf(mention, channel);
      latest = { id: mention.id, channel: mention.channel, placed };
      if (added.length > countBefore) continue;
      if (insertMention.run(queries.numberOf(mention.watchQueryId), placed.n).changes === 0) continue;
      added.push(placed.isKnown ? asStored(placed.n, mention.watchQueryId) : mention);
      const queriesOfPost = addedNow.get(placed.n) ?? new Set();
      addedNow.set(placed.n, queriesOfPost.add(mention.watchQueryId));
      if (risen.has(placed.n)) risen.set(placed.n, queriesOfPost);
    }
    // The index takes ascending numbers in one piece, and makes a piece of its own of each that is not.
    for (const { n, mention } of fresh.sort((a, b) => a.n - b.n)) insertWords.run(n, mention.text, mention.author);
    if (place) setCursor(place.feedId, place.cursor);
    const raised = [...risen].flatMap(([n, isNewTo]) =>
      selectQueriesOf
        .all(n)
        .filter((watchQueryId) => !isNewTo.has(watchQueryId))
        .map((watchQueryId) => asStored(n, watchQueryId)),
    );
    return { added, raised };
  });

  function asStored(n: number, watchQueryId: WatchQueryId): Mention {
    const row = selectPostRow.get(n);
    invariant(row !== undefined, 'what was just matched is stored');
    return mentionFromRow(row, watchQueryId, channels);
  }

  return {
    /** All of them and the feed's place, or nothing. */
    insert(mentions: readonly Mention[], place: FeedPlace | null): InsertedMentions {
      try {
        return insert.immediate(mentions, place);
      } catch (cause) {
        // What was numbered in it has no number now.
        for (const names of [queries, channels]) names.forget();
        nextFree.clear();
        throw cause;
      }
    },
  };
}
