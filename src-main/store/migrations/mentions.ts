/** What was released first: one row for every watch query that a post was a mention of. Made without a schema number. */
export const RELEASED_MENTION_TABLES = `
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

/**
 * `post` is what was said, once, whoever brought it: its identity is the channel and the source's own id. `n` is its
 * time and its number (see `time-key.ts`), so that a walk along any index that ends in `n` is a walk through time.
 * `mention` says which watch query asks for it, with what a chart needs beside it, so that no chart reads a text; query 0
 * is nobody: a post that is kept although no query asks for it now. Every post has a row there.
 * `post_words` holds the index alone and no text; `covered` the minutes in which a feed delivered, both ends included.
 */
export const MENTION_TABLES = `
CREATE TABLE watch_query (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO watch_query (number, name) VALUES (0, '');
CREATE TABLE channel (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE author (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE post (
  n INTEGER PRIMARY KEY,
  channel INTEGER NOT NULL,
  id TEXT NOT NULL,
  feed_id TEXT NOT NULL,
  author INTEGER,
  text TEXT NOT NULL,
  url TEXT,
  language TEXT,
  occurred_at INTEGER,
  observed_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  engagement REAL,
  reach REAL,
  repost_of TEXT,
  sentiment REAL,
  pinned INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX post_by_identity ON post (id, channel);
CREATE TABLE mention (
  query INTEGER NOT NULL,
  n INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  author INTEGER,
  reach REAL,
  sentiment REAL,
  PRIMARY KEY (query, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX mention_by_author ON mention (author, query, n);
CREATE VIRTUAL TABLE post_words USING fts5 (
  text, author, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
);
INSERT INTO post_words (post_words, rank) VALUES ('deletemerge', 25);
CREATE TABLE covered (
  feed_id TEXT NOT NULL,
  from_minute INTEGER NOT NULL,
  to_minute INTEGER NOT NULL,
  PRIMARY KEY (feed_id, from_minute)
) STRICT, WITHOUT ROWID;
CREATE INDEX covered_by_end ON covered (to_minute);
`;

/** The same as `time-key.ts` gives: in the order of time, and where a moment is full, in those after it. */
const FROM_RELEASED = `
INSERT INTO watch_query (name) SELECT DISTINCT watch_query_id FROM released_mention ORDER BY 1;
INSERT INTO channel (name) SELECT 'other' WHERE EXISTS (SELECT 1 FROM released_mention);
INSERT INTO author (name) SELECT DISTINCT author FROM released_mention WHERE author IS NOT NULL;
INSERT INTO post (n, channel, id, feed_id, author, text, url, occurred_at, observed_at, recorded_at, engagement, reach,
  repost_of, sentiment)
SELECT place + max(key - place) OVER (ORDER BY place), (SELECT number FROM channel WHERE name = 'other'), id, feed_id,
  (SELECT number FROM author WHERE name = placed.author), text, url, occurred_at, observed_at, recorded_at, engagement,
  reach, repost_of, sentiment
FROM (
  SELECT *, min(observed_at, 4398046511103) * 2048 AS key, row_number() OVER (ORDER BY observed_at, first_row) AS place
  FROM (
    SELECT *, row_number() OVER (PARTITION BY id ORDER BY rowid) AS copy, rowid AS first_row FROM released_mention
  ) WHERE copy = 1
) AS placed;
UPDATE post SET engagement = (SELECT max(engagement) FROM released_mention WHERE released_mention.id = post.id)
  WHERE id IN (SELECT id FROM released_mention GROUP BY id HAVING count(*) > 1);
INSERT INTO mention (query, n, channel, author, reach, sentiment)
SELECT watch_query.number, post.n, post.channel, post.author, post.reach, post.sentiment
FROM released_mention JOIN watch_query ON watch_query.name = watch_query_id JOIN post ON post.id = released_mention.id;
INSERT INTO post_words (rowid, text, author)
SELECT n, text, author.name FROM post LEFT JOIN author ON author.number = post.author ORDER BY n;
DROP TABLE released_mention;
`;

/** Of `mentions.db`, forward only: number n in this list leads from schema n to n + 1. */
export const MENTION_MIGRATIONS: readonly string[] = [
  RELEASED_MENTION_TABLES,
  `DROP INDEX mention_by_time; ALTER TABLE mention RENAME TO released_mention;${MENTION_TABLES}${FROM_RELEASED}`,
];
