import type { Database } from 'better-sqlite3';
import type { Instant, WatchQueryId } from '../../../shared/base/ids.ts';
import type { Mention } from '../../../shared/domain/mention/mention.ts';
import { mentionFromRow, POST_COLUMNS, type PostRow } from './mention-columns.ts';
import type { Names } from './names.ts';
import { searchExpression } from './search-words.ts';
import { AFTER_ALL_KEYS, timeKey } from './time-key.ts';

// Newest first, without ever collecting all that fits. There are two walks back through time: along the index's list of
// the words, asking of each post whether the watch query wants it; and along the watch query's mentions, reading each for
// the words. A word that is common, but not in this query, makes the first long; a broad query the second. So where the
// first does not come to an end soon, both are tried a stretch at a time, and the one that gets further back for its work
// goes on.

/** A page: the last mention of the one before it. */
export interface SearchBefore {
  readonly observedAt: Instant;
  readonly id: string;
}

export interface MentionSearch {
  /** As people type it: see `searchExpression`. Without a word in it, everything fits. */
  readonly text: string;
  /** Null: of any watch query; a mention of several is found once. */
  readonly watchQueryId: WatchQueryId | null;
  /** Null: the newest page. */
  readonly before: SearchBefore | null;
  readonly limit: number;
}

/** Entries of the first stretch along the words; the next ones are longer, as there is more to do than it seemed. */
const FIRST_STRETCH = 512;
const LONGEST_STRETCH = 4096;
/** Mentions of a stretch along the query's: reading one takes as long as some thirty steps along the words. */
const MENTIONS_STRETCH = 128;

/** One stretch of a walk: what was found, newest first, and the key above which everything has been looked at. */
interface Stretch {
  readonly found: readonly number[];
  readonly below: number;
  readonly isOver: boolean;
}

// better-sqlite3 binds every number as a real one, and FTS5 takes no notice of a bound on `rowid` that is not an integer.
export function createMentionSearch(
  db: Database,
  { queries, channels }: { readonly queries: Names; readonly channels: Names },
) {
  const walkWords = db
    .prepare<{ words: string; query: number; below: number; limit: number }, [number, 0 | 1]>(
      `SELECT n, EXISTS (SELECT 1 FROM mention WHERE mention.query = :query AND mention.n = words.n) FROM (
         SELECT rowid AS n FROM post_words WHERE post_words MATCH :words AND rowid < CAST(:below AS INTEGER)
         ORDER BY rowid DESC LIMIT :limit
       ) AS words`,
    )
    .raw();
  const walkWordsOfAny = db
    .prepare<[string, number, number], number>(
      'SELECT rowid FROM post_words WHERE post_words MATCH ? AND rowid < CAST(? AS INTEGER) ORDER BY rowid DESC LIMIT ?',
    )
    .pluck();
  const walkMentions = db
    .prepare<[number, number, number], number>(
      'SELECT n FROM mention WHERE query = ? AND n < ? ORDER BY n DESC LIMIT ?',
    )
    .pluck();
  const walkPosts = db
    .prepare<[number, number], number>('SELECT n FROM post WHERE n < ? ORDER BY n DESC LIMIT ?')
    .pluck();
  // Mentions are read for the words by the index's own rules, in a table that holds no more than one stretch of them.
  db.exec(`CREATE VIRTUAL TABLE IF NOT EXISTS temp.words_read USING fts5 (
    text, author, content = '', tokenize = "unicode61 remove_diacritics 2")`);
  const selectTexts = db
    .prepare<[number, number, number], [n: number, text: string, author: string | null]>(
      `SELECT post.n, post.text, (SELECT name FROM author WHERE number = post.author)
       FROM mention CROSS JOIN post ON post.n = mention.n
       WHERE mention.query = ? AND mention.n < ? ORDER BY mention.n DESC LIMIT ?`,
    )
    .raw();
  const insertRead = db.prepare<[number, string, string | null]>(
    'INSERT INTO temp.words_read (rowid, text, author) VALUES (?, ?, ?)',
  );
  const selectRead = db
    .prepare<[string], number>('SELECT rowid FROM temp.words_read WHERE words_read MATCH ? ORDER BY rowid')
    .pluck();
  const forgetRead = db.prepare("INSERT INTO temp.words_read (words_read) VALUES ('delete-all')");
  const readFor = db.transaction((words: string, mentions: readonly [n: number, string, string | null][]) => {
    for (const [place, [, text, author]] of mentions.entries()) insertRead.run(place, text, author);
    const places = selectRead.all(words);
    forgetRead.run();
    return places.flatMap((place) => mentions[place]?.[0] ?? []);
  });
  const selectPost = db.prepare<[number], PostRow>(`SELECT ${POST_COLUMNS} FROM post WHERE n = ?`).raw();
  const selectFirstQuery = db
    .prepare<[number], WatchQueryId>(
      `SELECT name FROM watch_query WHERE number > 0
         AND EXISTS (SELECT 1 FROM mention WHERE mention.query = watch_query.number AND mention.n = ?)
       ORDER BY number LIMIT 1`,
    )
    .pluck();
  const selectKey = db
    .prepare<[string, number], number>('SELECT min(n) FROM post WHERE id = ? AND observed_at = ?')
    .pluck();

  function alongWords(words: string, query: number, below: number, length: number): Stretch {
    const rows = walkWords.all({ words, query, below, limit: length });
    const found = rows.filter(([, isAsked]) => isAsked === 1).map(([n]) => n);
    return { found, below: rows.at(-1)?.[0] ?? 0, isOver: rows.length < length };
  }

  function alongMentions(words: string, query: number, below: number, length: number): Stretch {
    const mentions = selectTexts.all(query, below, length);
    const found = readFor.deferred(words, mentions);
    return { found, below: mentions.at(-1)?.[0] ?? 0, isOver: mentions.length < length };
  }

  function keysOfQuery(words: string, query: number, start: number, limit: number): readonly number[] {
    const found: number[] = [];
    let below = start;
    /** How far back in time a millisecond of work got: it differs too much by the words to be foretold. */
    let gainOfWords = Number.POSITIVE_INFINITY;
    let gainOfMentions = Number.POSITIVE_INFINITY;
    for (let length = FIRST_STRETCH; found.length < limit; length = Math.min(LONGEST_STRETCH, length * 2)) {
      const startedAt = performance.now();
      const isAlongWords = length < LONGEST_STRETCH || gainOfWords >= gainOfMentions;
      const stretch = isAlongWords
        ? alongWords(words, query, below, length)
        : alongMentions(words, query, below, MENTIONS_STRETCH);
      found.push(...stretch.found);
      if (stretch.isOver) break;
      const gain = (below - stretch.below) / (performance.now() - startedAt);
      if (isAlongWords) gainOfWords = gain;
      else gainOfMentions = gain;
      below = stretch.below;
    }
    return found.slice(0, limit);
  }

  function mentionAt(n: number, watchQueryId: WatchQueryId): Mention | null {
    const row = selectPost.get(n);
    return row === undefined ? null : mentionFromRow(row, watchQueryId, channels);
  }

  return ({ text, watchQueryId, before, limit }: MentionSearch): readonly Mention[] => {
    const words = searchExpression(text);
    // A mention that retention has taken since is where its time was.
    let below =
      before === null ? AFTER_ALL_KEYS : (selectKey.get(before.id, before.observedAt) ?? timeKey(before.observedAt));
    if (watchQueryId !== null) {
      const query = queries.find(watchQueryId);
      if (query === null) return [];
      const keys = words === null ? walkMentions.all(query, below, limit) : keysOfQuery(words, query, below, limit);
      return keys.flatMap((n) => mentionAt(n, watchQueryId) ?? []);
    }
    const found: Mention[] = [];
    while (found.length < limit) {
      const keys = words === null ? walkPosts.all(below, limit) : walkWordsOfAny.all(words, below, limit);
      for (const n of keys) {
        const firstQuery = selectFirstQuery.get(n);
        const mention = firstQuery === undefined ? null : mentionAt(n, firstQuery);
        if (mention) found.push(mention);
      }
      if (keys.length < limit) break;
      below = keys.at(-1) ?? 0;
    }
    return found.slice(0, limit);
  };
}
