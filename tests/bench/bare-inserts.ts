import type { Database } from 'better-sqlite3';
import { invariant } from '../../shared/base/invariant.ts';
import type { Mention } from '../../shared/domain/mention/mention.ts';
import { timeKey } from '../../src-main/store/mentions/time-key.ts';

/**
 * The floor that storing is measured against: the same rows put into the same tables and index, with every number known
 * beforehand and nothing asked: not whether a post is there already, nor who wrote it.
 */
export function createBareInserts(db: Database, all: readonly Mention[]): (batch: readonly Mention[]) => void {
  const numbersOf = (names: Iterable<string | null>) => new Map([...new Set(names)].map((name, at) => [name, at + 1]));
  const channels = numbersOf(all.map(({ channel }) => channel));
  const queries = numbersOf(all.map(({ watchQueryId }) => watchQueryId));
  const authors = numbersOf(all.map(({ author }) => author));
  const insertName = (table: string) => db.prepare(`INSERT INTO ${table} (number, name) VALUES (?, ?)`);
  for (const [name, number] of channels) insertName('channel').run(number, name);
  for (const [name, number] of queries) insertName('watch_query').run(number, name);
  const keys = new Map<string, number>();
  for (const { channel, id, observedAt } of all) {
    const key = `${channel} ${id}`;
    if (!keys.has(key)) keys.set(key, timeKey(observedAt) + (keys.size % 2048));
  }
  const insertAuthor = insertName('author');
  const insertPost = db.prepare(
    `INSERT INTO post (n, channel, id, feed_id, author, text, url, language, occurred_at, observed_at, recorded_at,
      engagement, reach, repost_of, sentiment) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertMention = db.prepare(
    'INSERT INTO mention (query, n, channel, author, reach, sentiment) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const insertWords = db.prepare('INSERT INTO post_words (rowid, text, author) VALUES (?, ?, ?)');
  const writtenAuthors = new Set<string>();
  let latest = '';

  return db.transaction((batch: readonly Mention[]) => {
    for (const m of batch) {
      const identity = `${m.channel} ${m.id}`;
      const n = keys.get(identity);
      const author = authors.get(m.author);
      const channel = channels.get(m.channel);
      invariant(n !== undefined && author !== undefined && channel !== undefined, 'every row was numbered');
      if (m.author !== null && !writtenAuthors.has(m.author)) {
        writtenAuthors.add(m.author);
        insertAuthor.run(author, m.author);
      }
      if (identity !== latest) {
        // prettier-ignore
        insertPost.run(n, channel, m.id, m.feedId, author, m.text, m.url, m.language, m.occurredAt, m.observedAt, m.recordedAt, m.engagement, m.reach, m.repostOf, m.sentiment);
        insertWords.run(n, m.text, m.author);
      }
      latest = identity;
      insertMention.run(queries.get(m.watchQueryId), n, channel, author, m.reach, m.sentiment);
    }
  }).immediate;
}
