import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { instant, WatchQueryId } from '../../../shared/base/ids.ts';
import type { Mention } from '../../../shared/domain/mention/mention.ts';
import { createMentionStore, type MentionStore } from '../../../src-main/store/mention-store.ts';
import { MENTION_MIGRATIONS } from '../../../src-main/store/migrations/mentions.ts';
import { createRandom, mentionAt, WATCH_QUERY } from '../../support/mention-fixtures.ts';

const RARE = WatchQueryId.parse('rare');

function storeOf(mentions: readonly Mention[]): MentionStore {
  const db = new Sqlite(':memory:');
  for (const migration of MENTION_MIGRATIONS) db.exec(migration);
  const store = createMentionStore(db);
  store.insert(mentions);
  return store;
}

function found(store: MentionStore, text: string, watchQueryId: WatchQueryId | null = WATCH_QUERY): readonly string[] {
  return store.search({ text, watchQueryId, before: null, limit: 50 }).map(({ id }) => id);
}

const few = () =>
  storeOf([
    mentionAt(1, { text: 'The lid flew off', author: '@lena_cooks' }),
    mentionAt(2, { text: 'Café lids fly, and nobody recalls the LID' }),
    mentionAt(3, { text: 'off flew the lid' }),
    mentionAt(4, { text: 'Nothing of the kind', watchQueryId: RARE }),
  ]);

test('every word must be there, without case or accents; newest first', () => {
  expect(found(few(), 'lid')).toEqual(['at-3', 'at-2', 'at-1']);
  expect(found(few(), 'LID flew')).toEqual(['at-3', 'at-1']);
  expect(found(few(), 'cafe')).toEqual(['at-2']);
  expect(found(few(), 'lid nothing')).toEqual([]);
  expect(found(few(), 'lena_cooks')).toEqual(['at-1']);
});

test('what stands in quotes is a phrase', () => {
  expect(found(few(), '"flew off"')).toEqual(['at-1']);
  expect(found(few(), '"flew off')).toEqual(['at-1']);
  expect(found(few(), 'lid "off flew"')).toEqual(['at-3']);
});

test('no word means everything, of this query or of all', () => {
  expect(found(few(), '')).toEqual(['at-3', 'at-2', 'at-1']);
  expect(found(few(), ' ?! "" ', null)).toEqual(['at-4', 'at-3', 'at-2', 'at-1']);
  expect(found(few(), 'the', null)).toEqual(['at-4', 'at-3', 'at-2', 'at-1']);
  expect(found(few(), 'the', RARE)).toEqual(['at-4']);
  expect(found(few(), 'the', WatchQueryId.parse('nobody-knows'))).toEqual([]);
});

test('nothing that people type is an operator or an error', () => {
  const store = few();
  for (const text of [
    'lid OR nothing',
    'lid NOT flew',
    'text:lid',
    'lid*',
    '(lid',
    '-lid',
    '^lid',
    'NEAR(lid off)',
    "l'id",
  ])
    expect(() => found(store, text)).not.toThrow();
  expect(found(store, 'lid NOT flew')).toEqual([]);
  expect(found(store, 'lid*')).toEqual(['at-3', 'at-2', 'at-1']);
  const random = createRandom(5);
  const signs = [...'"\'()*:^+-{}[]\\/%&|~\u{0}\u{301}\u{e000}\u{1f600}\u{4f60}aÀ '];
  for (let round = 0; round < 2000; round += 1) {
    const text = Array.from({ length: 1 + random() * 12 }, () => signs[Math.floor(random() * signs.length)]).join('');
    expect(() => found(store, text), JSON.stringify(text)).not.toThrow();
  }
});

test('a post of several queries is found once, and history that came late is in its place', () => {
  const store = storeOf([mentionAt(10, { text: 'lid' }), mentionAt(10, { text: 'lid', watchQueryId: RARE })]);
  store.insert([mentionAt(5, { text: 'lid' })]);
  expect(found(store, 'lid', null)).toEqual(['at-10', 'at-5']);
});

/** Slow and plain: what the walks must agree with. */
function expected(mentions: readonly Mention[], words: readonly string[], watchQueryId: WatchQueryId | null): string[] {
  const fits = mentions.filter(
    (one) =>
      (watchQueryId === null || one.watchQueryId === watchQueryId) &&
      words.every((word) => one.text.split(' ').includes(word)),
  );
  const newestFirst = fits.sort((a, b) => b.observedAt - a.observedAt);
  return [...new Set(newestFirst.map(({ id }) => id))];
}

test('page by page, by whichever walk, everything that fits comes once and in order', () => {
  const random = createRandom(3);
  const mentions: Mention[] = [];
  for (let at = 1; at <= 12_000; at += 1) {
    const words = ['common', random() < 0.3 ? 'frequent' : 'x', random() < 0.002 ? 'seldom' : 'y', `n${at}`];
    const mention = mentionAt(at, { text: words.join(' ') });
    mentions.push(mention);
    if (random() < 0.01) mentions.push({ ...mention, watchQueryId: RARE });
  }
  const store = storeOf(mentions);
  for (const words of [['common'], ['frequent'], ['seldom'], ['common', 'frequent'], ['seldom', 'frequent'], ['n77']])
    for (const watchQueryId of [WATCH_QUERY, RARE, null]) {
      const ids: string[] = [];
      let before: { observedAt: Mention['observedAt']; id: string } | null = null;
      for (;;) {
        const page = store.search({ text: words.join(' '), watchQueryId, before, limit: 170 });
        ids.push(...page.map(({ id }) => id));
        const last = page.at(-1);
        if (page.length < 170 || !last) break;
        before = last;
      }
      expect(ids).toEqual(expected(mentions, words, watchQueryId));
    }
});

test('a page goes on where its last mention was, even when that is gone', () => {
  const store = storeOf([1, 2, 3, 4].map((at) => mentionAt(at, { text: 'lid' })));
  const rest = store.search({
    text: 'lid',
    watchQueryId: WATCH_QUERY,
    before: { observedAt: instant(3), id: 'taken out' },
    limit: 9,
  });
  expect(rest.map(({ id }) => id)).toEqual(['at-2', 'at-1']);
});
