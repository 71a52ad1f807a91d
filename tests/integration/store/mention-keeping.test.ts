import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { instant, WatchQueryId } from '../../../shared/base/ids.ts';
import type { Mention } from '../../../shared/domain/mention/mention.ts';
import { openMentions } from '../../../src-main/app/mentions.ts';
import type { MentionStore } from '../../../src-main/store/mention-store.ts';
import { mentionAt, WATCH_QUERY } from '../../support/mention-fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'firebreak-keeping-'));
afterAll(() => rmSync(folder, { recursive: true }));

const OTHER = WatchQueryId.parse('other');
let files = 0;

function open() {
  const mentionsFile = join(folder, `mentions-${String((files += 1))}.db`);
  return { ...openMentions({ mentionsFile }, fail), mentionsFile };
}

function fail(refusal: unknown): void {
  throw new Error(`refused: ${JSON.stringify(refusal)}`);
}

const ids = (mentions: Iterable<{ readonly id: string }>) => [...mentions].map(({ id }) => id);

function found(store: MentionStore, text: string): readonly string[] {
  return ids(store.search({ text, watchQueryId: null, before: null, limit: 200 }));
}

function fill(store: MentionStore, count: number, fields: Partial<Mention> = {}): void {
  const mentions = Array.from({ length: count }, (_, at) =>
    mentionAt(at, {
      author: `@author${String(at % 50)}`,
      text: `word${String(at)} ${'and more '.repeat(30)}`,
      ...fields,
    }),
  );
  for (let at = 0; at < count; at += 500) store.insert(mentions.slice(at, at + 500));
}

test('what is older than the limit goes in slices, with its words and authors; what is pinned stays', () => {
  const { store, db } = open();
  fill(store, 100);
  store.insert([mentionAt(3, { watchQueryId: OTHER })]);
  expect(store.pin(WATCH_QUERY, 'at-7')).toBe(true);
  expect(store.pin(WATCH_QUERY, 'nowhere')).toBe(false);
  const limits = { before: instant(60), maxBytes: null };
  expect([40, 40, 40].map((slice) => store.retain(limits, slice))).toEqual([40, 19, 0]);
  expect(store.size().posts).toBe(41);
  expect(found(store, 'word59')).toEqual([]);
  expect(found(store, 'word60')).toEqual(['at-60']);
  expect(found(store, 'word7')).toEqual(['at-7']);
  expect(store.countSince(OTHER, instant(0))).toBe(0);
  expect(store.countSince(WATCH_QUERY, instant(0))).toBe(41);
  expect(db.prepare('SELECT count(*) FROM author').pluck().get()).toBe(41);
  store.insert([mentionAt(5)]);
  expect(store.get(WATCH_QUERY, 'at-5')).toMatchObject({ id: 'at-5' });
});

test('the oldest go until the store is small enough, and the file gets smaller', () => {
  const { store, db, mentionsFile } = open();
  fill(store, 6000);
  db.pragma('wal_checkpoint(TRUNCATE)');
  const [before, fileBefore] = [store.size().bytes, statSync(mentionsFile).size];
  const limits = { before: null, maxBytes: Math.round(before / 2) };
  let removed = 0;
  for (;;) {
    const slice = store.retain(limits, 200);
    if (slice === 0) break;
    removed += slice;
  }
  // The index lets go of what was taken out later, and no post has to go for that.
  expect(store.size().bytes).toBeLessThanOrEqual(limits.maxBytes * 1.1);
  expect(removed).toBeGreaterThan(2000);
  expect(removed).toBeLessThan(3800);
  expect(ids(store.newest(WATCH_QUERY, 1))).toEqual(['at-5999']);
  db.pragma('wal_checkpoint(TRUNCATE)');
  expect(statSync(mentionsFile).size).toBeLessThan(fileBefore * 0.7);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
});

test('within its limits nothing is taken out', () => {
  const { store } = open();
  fill(store, 20);
  expect(store.retain({ before: instant(0), maxBytes: 10_000_000 }, 100)).toBe(0);
  expect(store.retain({ before: null, maxBytes: null }, 100)).toBe(0);
  expect(store.size().posts).toBe(20);
});

test('a removed watch query takes its mentions along, and leaves those of others and what is pinned', () => {
  const { store } = open();
  fill(store, 30);
  store.insert([mentionAt(3, { watchQueryId: OTHER }), mentionAt(100, { watchQueryId: OTHER })]);
  store.pin(WATCH_QUERY, 'at-9');
  expect([20, 20, 20].map((slice) => store.removeMentions(WATCH_QUERY, slice))).toEqual([20, 9, 0]);
  expect(ids(store.newest(OTHER, 9))).toEqual(['at-100', 'at-3']);
  expect(ids(store.newest(WATCH_QUERY, 9))).toEqual(['at-9']);
  expect(ids(store.newestPosts(99))).toEqual(['at-100', 'at-9', 'at-3']);
  expect(found(store, 'word4')).toEqual([]);
  expect(store.removeMentions(WatchQueryId.parse('nobody-knows'), 9)).toBe(0);
});

test('a new query finds the stored posts that it asks for; a changed one lets go of the others, and may have them back', () => {
  const { store } = open();
  fill(store, 25);
  const judge = (asksFor: (post: { readonly id: string }) => boolean) => {
    const seen = { looked: 0, added: 0, removed: 0 };
    let next: number | null = null;
    do {
      const slice = store.rematch(OTHER, asksFor, next, 10);
      seen.looked += slice.looked;
      seen.added += slice.added;
      seen.removed += slice.removed;
      next = slice.next;
    } while (next !== null);
    return seen;
  };
  const isEven = ({ id }: { readonly id: string }) => Number(id.slice(3)) % 2 === 0;
  expect(judge(isEven)).toEqual({ looked: 25, added: 13, removed: 0 });
  expect(judge(isEven)).toEqual({ looked: 25, added: 0, removed: 0 });
  expect(store.countSince(OTHER, instant(0))).toBe(13);
  expect(judge(({ id }) => id === 'at-4')).toEqual({ looked: 25, added: 0, removed: 12 });
  expect(ids(store.newest(OTHER, 99))).toEqual(['at-4']);
  // Nobody asks for any of them now; the posts wait, and are no mentions.
  while (store.removeMentions(WATCH_QUERY, 100) > 0);
  expect(judge(isEven)).toMatchObject({ looked: 1 });
});

test('a post that nobody asks for is not found, and a query that changes back finds it again', () => {
  const { store } = open();
  fill(store, 4);
  expect(store.rematch(WATCH_QUERY, () => false, null, 10)).toEqual({ looked: 4, added: 0, removed: 4, next: null });
  expect(found(store, 'more')).toEqual([]);
  expect(found(store, '')).toEqual([]);
  expect(store.insert([mentionAt(1)]).added).toHaveLength(1);
  expect(store.rematch(WATCH_QUERY, () => true, null, 10)).toMatchObject({ added: 3, removed: 0 });
  expect(found(store, 'more')).toHaveLength(4);
});

test('buckets that are remembered follow what is inserted, taken out and matched anew', () => {
  const { store } = open();
  fill(store, 100);
  const counts = () =>
    store
      .buckets({ watchQueryId: WATCH_QUERY, from: instant(0), to: instant(100), stepMs: 50, reachCap: 1 })
      .map(({ count }) => count);
  expect(counts()).toEqual([50, 50]);
  store.insert([mentionAt(60, { id: 'late' })]);
  expect(counts()).toEqual([50, 51]);
  store.retain({ before: instant(10), maxBytes: null }, 100);
  expect(counts()).toEqual([40, 51]);
  store.rematch(WATCH_QUERY, ({ id }) => id !== 'late', null, 200);
  expect(counts()).toEqual([40, 50]);
});
