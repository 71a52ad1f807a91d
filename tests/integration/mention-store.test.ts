import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, expect, test } from 'vitest';
import { FeedId, instant, WatchQueryId } from '../../shared/base/ids.ts';
import { Mention } from '../../shared/domain/mention/mention.ts';
import { createMentionStore } from '../../src-main/store/mention-store.ts';
import { MENTION_MIGRATIONS } from '../../src-main/store/migrations/mentions.ts';
import { openMentionFile } from '../support/mention-database.ts';
import { createRandom, FEED, mentionAt, WATCH_QUERY } from '../support/mention-fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'firebreak-mentions-'));
afterAll(() => rmSync(folder, { recursive: true }));

const OTHER = WatchQueryId.parse('other');

function open() {
  const db = new Sqlite(':memory:');
  for (const migration of MENTION_MIGRATIONS) db.exec(migration);
  return { db, store: createMentionStore(db) };
}

const full = mentionAt(1000, {
  id: 'a',
  channel: 'mastodon',
  author: '@a',
  url: 'https://e.org',
  language: 'en',
  occurredAt: instant(900),
  engagement: 3,
  reach: 7,
  repostOf: 'z',
  sentiment: -0.25,
});

test('what goes in comes out whole', () => {
  const { store } = open();
  expect(store.insert([full])).toEqual({ added: [full], raised: [] });
  const [out] = store.newest(WATCH_QUERY, 1);
  expect(Mention.parse(out)).toEqual(full);
  expect(store.get(WATCH_QUERY, 'a')).toEqual(full);
});

test('a mention seen again is not new, takes the higher engagement and keeps the rest', () => {
  const { store } = open();
  expect(store.insert([full, full]).added).toHaveLength(1);
  const again = { ...full, engagement: 40, text: 'edited', observedAt: instant(2000), recordedAt: instant(5000) };
  expect(store.insert([again])).toEqual({ added: [], raised: [{ ...full, engagement: 40 }] });
  const lower = [
    { ...full, engagement: 5 },
    { ...full, engagement: null },
  ];
  expect(store.insert(lower)).toEqual({ added: [], raised: [] });
  expect(store.newest(WATCH_QUERY, 5)).toEqual([{ ...full, engagement: 40 }]);
});

test('engagement that was unknown is learned', () => {
  const { store } = open();
  store.insert([mentionAt(1, { id: 'a' })]);
  expect(store.insert([mentionAt(1, { id: 'a', engagement: 0 })]).raised).toHaveLength(1);
  expect(store.newest(WATCH_QUERY, 1)[0]?.engagement).toBe(0);
});

test('one post through two feeds is one post; the same id on two channels is two', () => {
  const { store } = open();
  const throughOther = { ...full, feedId: FeedId.parse('second'), observedAt: instant(1200) };
  store.insert([full]);
  expect(store.insert([throughOther]).added).toEqual([]);
  expect(store.insert([{ ...full, channel: 'news' }]).added).toHaveLength(1);
  expect(store.size().posts).toBe(2);
  expect(store.get(WATCH_QUERY, 'a', 'mastodon')?.channel).toBe('mastodon');
  expect(store.get(WATCH_QUERY, 'a', 'news')?.channel).toBe('news');
  expect(store.get(WATCH_QUERY, 'a', 'x')).toBeNull();
});

test('one post is a mention of every watch query that asks for it, and its engagement rises for all of them', () => {
  const { store } = open();
  const both = [full, { ...full, watchQueryId: OTHER }];
  expect(store.insert(both).added).toEqual(both);
  expect(store.size().posts).toBe(1);
  const { added, raised } = store.insert([{ ...full, engagement: 9 }]);
  expect(added).toEqual([]);
  expect(raised.map(({ watchQueryId }) => watchQueryId).sort()).toEqual([OTHER, WATCH_QUERY]);
});

test('a stored post that another query asks for later is a new mention there, as it is stored', () => {
  const { store } = open();
  store.insert([full]);
  const later = { ...full, watchQueryId: OTHER, text: 'edited', observedAt: instant(4000), engagement: 8 };
  const { added, raised } = store.insert([later]);
  expect(added).toEqual([{ ...full, watchQueryId: OTHER, engagement: 8 }]);
  expect(raised).toEqual([{ ...full, engagement: 8 }]);
});

test('newest, most engaged, count, between and each look at one watch query', () => {
  const { store } = open();
  const mentions = [5, 1, 9, 7].map((at) =>
    mentionAt(at, { id: `m${at}`, engagement: at % 2 === 0 ? null : 100 - at }),
  );
  expect(store.insert([...mentions, mentionAt(8, { id: 'm9', watchQueryId: OTHER, channel: 'x' })]).added).toHaveLength(
    5,
  );
  expect(store.newest(WATCH_QUERY, 2).map(({ id }) => id)).toEqual(['m9', 'm7']);
  expect(store.mostEngaged(WATCH_QUERY, instant(5), 9).map(({ id }) => id)).toEqual(['m5', 'm7', 'm9']);
  expect(store.countSince(WATCH_QUERY, instant(5))).toBe(3);
  expect(store.countSince(OTHER, instant(0))).toBe(1);
  expect(store.mentionsBetween(WATCH_QUERY, instant(5), instant(9), 9).map(({ id }) => id)).toEqual(['m7', 'm5']);
  expect(store.mentionsBetween(WATCH_QUERY, instant(0), instant(10), 1).map(({ id }) => id)).toEqual(['m9']);
  const visited: number[] = [];
  store.each(WATCH_QUERY, instant(5), ({ observedAt }) => visited.push(observedAt));
  expect(visited).toEqual([5, 7, 9]);
  expect(store.newest(WatchQueryId.parse('nobody-knows'), 5)).toEqual([]);
});

test('each goes through more than a page, oldest first, while its visitor writes', () => {
  const { store } = open();
  const random = createRandom(11);
  const times = Array.from({ length: 3500 }, () => Math.floor(random() * 2000));
  store.insert(times.map((at, index) => mentionAt(at, { id: `p${index}` })));
  const visited: number[] = [];
  store.each(WATCH_QUERY, instant(0), ({ observedAt }) => {
    if (visited.push(observedAt) === 10) store.insert([mentionAt(5000, { id: 'late' })]);
  });
  expect(visited).toEqual([...times.sort((a, b) => a - b), 5000]);
});

test('more posts of one moment than fit into it come back in their order', () => {
  const { store } = open();
  const crowd = Array.from({ length: 5000 }, (_, index) => mentionAt(7, { id: `c${index}` }));
  for (const part of [crowd.slice(0, 2100), crowd.slice(2100)])
    expect(store.insert(part).added).toHaveLength(part.length);
  expect(store.insert(crowd).added).toEqual([]);
  const seen: string[] = [];
  store.each(WATCH_QUERY, instant(7), ({ id }) => seen.push(id));
  expect(seen).toEqual(crowd.map(({ id }) => id));
});

test('authors seen before a moment, in this watch query', () => {
  const { store } = open();
  store.insert([
    mentionAt(1, { id: '1', author: '@early' }),
    mentionAt(9, { id: '2', author: '@late' }),
    mentionAt(1, { id: '3', author: '@elsewhere', watchQueryId: OTHER }),
  ]);
  const authors = ['@early', '@late', '@elsewhere', '@nobody'];
  expect(store.seenAuthors(WATCH_QUERY, authors, instant(9))).toEqual(new Set(['@early']));
});

test('the newest posts of all queries, each once', () => {
  const { store } = open();
  store.insert([
    mentionAt(1),
    mentionAt(3),
    mentionAt(3, { watchQueryId: OTHER }),
    mentionAt(2, { watchQueryId: OTHER }),
  ]);
  expect([...store.newestPosts(2)].map(({ id }) => id)).toEqual(['at-3', 'at-2']);
  expect([...store.newestPosts(9)]).toHaveLength(3);
});

test('mentions and the place of their feed survive the file being closed, or are both not there', () => {
  const name = join(folder, 'cursor.db');
  const first = openMentionFile(name);
  expect(first.store.getCursor(FEED)).toBeNull();
  first.store.setCursor(FEED, { offset: 12 });
  first.store.insert([full], { feedId: FEED, cursor: { offset: 34 } });
  const broken = { ...mentionAt(5, { id: 'b', watchQueryId: OTHER, channel: 'new' }), text: null as unknown as string };
  expect(() => first.store.insert([mentionAt(4), broken], { feedId: FEED, cursor: { offset: 56 } })).toThrow('text');
  first.db.close();
  const second = openMentionFile(name);
  expect(second.store.getCursor(FEED)).toEqual({ offset: 34 });
  expect(second.store.newest(WATCH_QUERY, 9)).toEqual([full]);
  expect(second.store.insert([full, mentionAt(4)]).added).toEqual([mentionAt(4)]);
  second.db.close();
});

test('an insert that failed leaves nothing behind that the next one could trip over', () => {
  const { store } = open();
  const broken = { ...mentionAt(5, { id: 'b', watchQueryId: OTHER, channel: 'new' }), text: null as unknown as string };
  expect(() => store.insert([broken])).toThrow('text');
  const whole = { ...broken, text: 'about us' };
  expect(store.insert([whole]).added).toEqual([whole]);
  expect(store.newest(OTHER, 1)).toEqual([whole]);
});
