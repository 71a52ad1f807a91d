import { expect, test, vi } from 'vitest';
import { WatchQueryId, type FeedId } from '../../../../shared/base/ids.ts';
import type { Mention, Post } from '../../../../shared/domain/mention/mention.ts';
import { createIntake, type IntakeDeps, type PostMatcher } from '../../../../src-main/app/intake.ts';
import type { MentionStore } from '../../../../src-main/store/mention-store.ts';
import { FEED, mentionAt, WATCH_QUERY } from '../../../support/mention-fixtures.ts';

const OTHER = WatchQueryId.parse('other');

function postAt(at: number, fields: Partial<Post> = {}): Post {
  const { watchQueryId: _, ...post } = mentionAt(at, fields);
  return post;
}

/** Takes everything as new, and remembers what it was given. */
function setUp(options: Partial<IntakeDeps> & { readonly match?: PostMatcher['match'] } = {}) {
  const inserted: { readonly mentions: readonly Mention[]; readonly place: unknown }[] = [];
  const handed: { readonly query: WatchQueryId; readonly ids: readonly string[]; readonly as: string }[] = [];
  const insert: MentionStore['insert'] = (mentions, place) => {
    inserted.push({ mentions, place });
    return { added: mentions, raised: [] };
  };
  const intake = createIntake({
    store: { insert },
    matcher: () => ({ match: options.match ?? (() => [WATCH_QUERY]) }),
    boundTo: () => null,
    onMentions: (query, mentions, as) => handed.push({ query, ids: mentions.map(({ id }) => id), as }),
    onFailure: (cause) => {
      throw cause;
    },
    ...options,
  });
  return { sink: intake.sinkOf(FEED), inserted, handed };
}

test('only posts that a watch query asks for are stored and handed on, to every query that does', () => {
  const { sink, inserted, handed } = setUp({
    match: ({ text }) => (text === 'both' ? [WATCH_QUERY, OTHER] : text === 'one' ? [OTHER] : []),
  });
  const texts = ['none', 'both', 'one', 'none'];
  expect(
    sink(
      texts.map((text, at) => postAt(at, { text })),
      'live',
    ),
  ).toBe(3);
  expect(inserted.flatMap(({ mentions }) => mentions.map(({ id }) => id))).toEqual(['at-1', 'at-1', 'at-2']);
  expect(handed).toEqual([
    { query: WATCH_QUERY, ids: ['at-1'], as: 'live' },
    { query: OTHER, ids: ['at-1', 'at-2'], as: 'live' },
  ]);
});

test('a bound feed brings mentions of its query, whatever they say', () => {
  const match = vi.fn(() => [WATCH_QUERY]);
  const { sink, inserted } = setUp({ match, boundTo: (feedId: FeedId) => (feedId === FEED ? OTHER : null) });
  expect(sink([postAt(1)], 'history')).toBe(1);
  expect(inserted[0]?.mentions.map(({ watchQueryId }) => watchQueryId)).toEqual([OTHER]);
  expect(match).not.toHaveBeenCalled();
});

test('the place goes with the posts, even when no post is a mention; without both nothing is written', () => {
  const { sink, inserted } = setUp({ match: () => [] });
  expect(sink([postAt(1)], 'live', { time: 7 })).toBe(0);
  expect(inserted).toEqual([{ mentions: [], place: { feedId: FEED, cursor: { time: 7 } } }]);
  expect(sink([postAt(2)], 'live')).toBe(0);
  expect(inserted).toHaveLength(1);
});

test('language and sentiment are estimated where the source says nothing, and the source is believed', () => {
  const { sink, inserted } = setUp();
  const text = 'This is a terrible and disgusting product, and I hate everything about the company.';
  sink([postAt(1, { text }), postAt(2, { text, language: 'de' }), postAt(3, { text, sentiment: 0.7 })], 'live');
  const [first, second, third] = inserted[0]?.mentions ?? [];
  expect(first).toMatchObject({ language: 'en' });
  expect(first?.sentiment).toBeLessThan(-0.3);
  expect(second).toMatchObject({ language: 'de', sentiment: null });
  expect(third).toMatchObject({ language: 'en', sentiment: 0.7 });
});

test('a query that asks for a language is told it, although the source did not say', () => {
  const { sink } = setUp({ match: ({ language }) => (language === 'de' ? [WATCH_QUERY] : []) });
  const german = 'Der Deckel ist mir gestern Abend beim Kochen um die Ohren geflogen, und niemand geht ans Telefon.';
  expect(
    sink([postAt(1, { text: german }), postAt(2, { text: 'The lid flew off while we were cooking.' })], 'live'),
  ).toBe(1);
});

test('only what is new is handed on, and what rose', () => {
  const known = mentionAt(1, { engagement: 5 });
  const risen = mentionAt(2, { engagement: 9 });
  const insert: MentionStore['insert'] = () => ({ added: [mentionAt(3)], raised: [risen] });
  const { sink, handed } = setUp({ store: { insert } });
  expect(sink([known, risen, mentionAt(3)], 'live')).toBe(1);
  expect(handed).toEqual([{ query: WATCH_QUERY, ids: ['at-3', 'at-2'], as: 'live' }]);
});

test('what cannot be kept is thrown at the feed and handed to nobody', () => {
  const insert: MentionStore['insert'] = () => {
    throw new Error('database or disk is full');
  };
  const { sink, handed } = setUp({ store: { insert } });
  expect(() => sink([postAt(1)], 'live', { time: 1 })).toThrow('full');
  expect(handed).toEqual([]);
});

test('a fault behind the intake is reported, and does not make the feed bring kept mentions again', () => {
  const failures: unknown[] = [];
  const { sink } = setUp({
    onMentions: () => {
      throw new Error('a bug');
    },
    onFailure: (cause) => failures.push(cause),
  });
  expect(sink([postAt(1)], 'live')).toBe(1);
  expect(failures).toHaveLength(1);
});

test('the queries are those of the moment', () => {
  let asked: readonly WatchQueryId[] = [];
  const { sink } = setUp({ matcher: () => ({ match: () => asked }) });
  expect(sink([postAt(1)], 'live')).toBe(0);
  asked = [WATCH_QUERY];
  expect(sink([postAt(2)], 'live')).toBe(1);
});
