import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, expect, test } from 'vitest';
import { instant, WatchQueryId } from '../../shared/base/ids.ts';
import { Mention } from '../../shared/domain/mention/mention.ts';
import { createMentionStore, MENTION_TABLES } from '../../src-main/store/mention-store.ts';
import { FEED, mentionAt, WATCH_QUERY } from '../support/mention-fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'firebreak-mentions-'));
afterAll(() => rmSync(folder, { recursive: true }));

function open(name = ':memory:') {
  const db = new Database(name);
  db.pragma('journal_mode = WAL');
  return { db, store: createMentionStore(db) };
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

test('what goes in comes out whole', () => {
  const { store } = open();
  expect(store.insert([full])).toBe(1);
  const [out] = store.newest(WATCH_QUERY, 1);
  expect(Mention.parse(out)).toEqual(full);
});

test('a mention seen again is not new, takes the higher engagement and keeps the rest', () => {
  const { store } = open();
  store.insert([full, full]);
  expect(store.insert([{ ...full, engagement: 40, text: 'edited', recordedAt: instant(5000) }])).toBe(0);
  store.insert([
    { ...full, engagement: 5 },
    { ...full, engagement: null },
  ]);
  expect(store.newest(WATCH_QUERY, 5)).toEqual([{ ...full, engagement: 40 }]);
});

test('engagement that was unknown is learned', () => {
  const { store } = open();
  store.insert([mentionAt(1, { id: 'a' })]);
  store.insert([mentionAt(1, { id: 'a', engagement: 0 })]);
  expect(store.newest(WATCH_QUERY, 1)[0]?.engagement).toBe(0);
});

test('newest, most engaged, count and each look at one watch query', () => {
  const { store } = open();
  const other = WatchQueryId.parse('other');
  const mentions = [5, 1, 9, 7].map((at) =>
    mentionAt(at, { id: `m${at}`, engagement: at % 2 === 0 ? null : 100 - at }),
  );
  expect(store.insert([...mentions, mentionAt(8, { id: 'm9', watchQueryId: other })])).toBe(5);
  expect(store.newest(WATCH_QUERY, 2).map(({ id }) => id)).toEqual(['m9', 'm7']);
  expect(store.mostEngaged(WATCH_QUERY, instant(5), 9).map(({ id }) => id)).toEqual(['m5', 'm7', 'm9']);
  expect(store.countSince(WATCH_QUERY, instant(5))).toBe(3);
  expect(store.countSince(other, instant(0))).toBe(1);
  const visited: number[] = [];
  store.each(WATCH_QUERY, instant(5), ({ observedAt }) => visited.push(observedAt));
  expect(visited).toEqual([5, 7, 9]);
});

test('cursors survive the file being closed', () => {
  const name = join(folder, 'cursor.db');
  const first = open(name);
  expect(first.store.getCursor(FEED)).toBeNull();
  first.store.setCursor(FEED, { offset: 12 });
  first.store.setCursor(FEED, { offset: 34 });
  first.db.close();
  const second = open(name);
  expect(second.store.getCursor(FEED)).toEqual({ offset: 34 });
  second.db.close();
});

test('inserting costs little over bare batched inserts into the same table', () => {
  const mentions = Array.from({ length: 40_000 }, (_, index) =>
    mentionAt(1_700_000_000_000 + index * 37, {
      id: `p${(index * 7919) % 1_000_003}`,
      text: `some words about the matter ${index}`,
      author: `@${index}`,
      engagement: 1,
    }),
  );
  const batches = Array.from({ length: 40 }, (_, at) => mentions.slice(at * 1000, at * 1000 + 1000));
  const bare = (db: Database.Database) => {
    db.exec(MENTION_TABLES);
    const insert = db.prepare('INSERT INTO mention VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    return db.transaction((some: readonly Mention[]) => {
      for (const m of some) {
        // prettier-ignore
        insert.run(m.watchQueryId, m.id, m.feedId, m.author, m.text, m.url, m.occurredAt, m.observedAt, m.recordedAt, m.engagement, m.reach, m.repostOf, m.sentiment);
      }
    });
  };
  const run = (name: string, make: (db: Database.Database) => (some: readonly Mention[]) => unknown) => {
    const db = new Database(join(folder, name));
    db.pragma('journal_mode = WAL');
    const insert = make(db);
    const ms = timed(() => batches.forEach((batch) => insert(batch)));
    expect(db.prepare('SELECT count(*) FROM mention').pluck().get()).toBe(40_000);
    db.close();
    return ms;
  };
  // In turns and the first of each thrown away, so that neither is measured on a colder disk or engine.
  const rounds = [0, 1, 2, 3, 4].map((round) => ({
    bareMs: run(`bare-${round}.db`, bare),
    oursMs: run(`ours-${round}.db`, (db) => {
      const store = createMentionStore(db);
      return (some) => store.insert(some);
    }),
  }));
  const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const bareMs = median(rounds.slice(1).map((round) => round.bareMs));
  const oursMs = median(rounds.slice(1).map((round) => round.oursMs));
  const perSecond = Math.round(40_000 / (oursMs / 1000));
  console.info(`mention store: ${perSecond} inserts/s, ${(bareMs / oursMs).toFixed(2)} of bare batched inserts`);
  expect(bareMs / oursMs).toBeGreaterThan(0.4);
});

function timed(run: () => void): number {
  const before = performance.now();
  run();
  return performance.now() - before;
}
