import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, expect, test } from 'vitest';
import { instant, WatchQueryId } from '../../../shared/base/ids.ts';
import type { Mention } from '../../../shared/domain/mention/mention.ts';
import { openMentions } from '../../../src-main/app/mentions.ts';
import { RELEASED_MENTION_TABLES } from '../../../src-main/store/migrations/mentions.ts';
import { FEED, mentionAt, WATCH_QUERY } from '../../support/mention-fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'firebreak-migration-'));
afterAll(() => rmSync(folder, { recursive: true }));

const OTHER = WatchQueryId.parse('other');

/** A file as the first release wrote it, without a schema number. */
function releasedFile(name: string, mentions: readonly Mention[]): string {
  const file = join(folder, name);
  const db = new Sqlite(file);
  db.pragma('journal_mode = WAL');
  db.exec(RELEASED_MENTION_TABLES);
  const insert = db.prepare('INSERT INTO mention VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  db.transaction(() => {
    for (const m of mentions) {
      // prettier-ignore
      insert.run(m.watchQueryId, m.id, m.feedId, m.author, m.text, m.url, m.occurredAt, m.observedAt, m.recordedAt, m.engagement, m.reach, m.repostOf, m.sentiment);
    }
    db.prepare('INSERT INTO feed_cursor VALUES (?, ?)').run(FEED, '{"offset":34}');
  })();
  db.close();
  return file;
}

function open(mentionsFile: string) {
  return openMentions({ mentionsFile }, (refusal) => {
    throw new Error(JSON.stringify(refusal));
  });
}

const full = mentionAt(1000, {
  id: 'a',
  author: '@a',
  url: 'https://e.org',
  occurredAt: instant(900),
  engagement: 3,
  reach: 7,
  repostOf: 'z',
  sentiment: -0.25,
});

test('a file of the first release keeps every mention, once a post, and its place', () => {
  const shared = { ...full, watchQueryId: OTHER, engagement: 12 };
  const file = releasedFile('old.db', [full, mentionAt(500, { text: 'The lid' }), shared, mentionAt(2000)]);
  for (const _start of ['migrated', 'reopened']) {
    const { store, db } = open(file);
    expect(store.size().posts).toBe(3);
    expect(store.newest(WATCH_QUERY, 9)).toEqual([
      mentionAt(2000),
      { ...full, engagement: 12 },
      mentionAt(500, { text: 'The lid' }),
    ]);
    expect(store.newest(OTHER, 9)).toEqual([shared]);
    expect(store.getCursor(FEED)).toEqual({ offset: 34 });
    expect(store.search({ text: 'lid', watchQueryId: null, before: null, limit: 9 })).toHaveLength(1);
    expect(store.seenAuthors(OTHER, ['@a'], instant(1001))).toEqual(new Set(['@a']));
    expect(
      store.buckets({ watchQueryId: WATCH_QUERY, from: instant(0), to: instant(1500), stepMs: 1500, reachCap: 99 }),
    ).toEqual([{ at: 0, channel: 'other', count: 2, negative: 1, withSentiment: 1, reach: 7 }]);
    expect(store.insert([full, mentionAt(2000)]).added).toEqual([]);
    expect(db.pragma('auto_vacuum', { simple: true })).toBe(2);
    expect(db.prepare("SELECT count(*) FROM sqlite_schema WHERE name LIKE '%released%'").pluck().get()).toBe(0);
    db.close();
  }
});

test('a moment with more posts than fit into it migrates, and a new file needs no old tables', () => {
  const crowd = Array.from({ length: 5000 }, (_, index) => mentionAt(7, { id: `c${String(index)}` }));
  const { store, db } = open(releasedFile('crowd.db', [...crowd, mentionAt(8), mentionAt(6)]));
  const order: string[] = [];
  store.each(WATCH_QUERY, instant(0), ({ id }) => order.push(id));
  expect(order).toEqual(['at-6', ...crowd.map(({ id }) => id), 'at-8']);
  expect(store.insert([...crowd, mentionAt(7)]).added).toEqual([mentionAt(7)]);
  db.close();
  const fresh = open(join(folder, 'fresh.db'));
  expect(fresh.store.insert([full]).added).toEqual([full]);
  expect(fresh.db.pragma('auto_vacuum', { simple: true })).toBe(2);
  fresh.db.close();
});
