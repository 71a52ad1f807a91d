import { expect, test } from 'vitest';
import type { Mention } from '../../../../../shared/domain/mention/mention.ts';
import { drivingOf, drivingPast, type DrivingInput } from '../../../../../shared/domain/mention/driving.ts';
import { REACH_CAP } from '../../../../../shared/domain/mention/mention.ts';
import { countTerms, newTerms } from '../../../../../shared/domain/mention/terms.ts';
import { wordsSaid } from '../../../../../shared/domain/mention/words.ts';
import { crisisTweets } from '../../../../support/crisis-tweets.ts';
import { createRandom, mentionAt } from '../../../../support/mention-fixtures.ts';

function driving(mentions: readonly Mention[], input: Partial<DrivingInput> = {}) {
  return drivingOf({ mentions, past: drivingPast([]), seenBefore: () => true, ownWords: [], ...input });
}

function said(texts: readonly string[], fields: Partial<Mention> = {}, from = 0): readonly Mention[] {
  return texts.map((text, at) =>
    mentionAt(from + at, { id: `m${from + at}`, author: `author-${from + at}`, language: 'en', text, ...fields }),
  );
}

test('nothing drives no mentions', () => {
  expect(driving([])).toEqual({
    mentions: 0,
    authors: 0,
    repostShare: null,
    negativeShare: null,
    negativeShareBefore: null,
    reach: null,
    stories: [],
    accounts: [],
    questions: [],
    terms: [],
    copies: new Map(),
  });
});

test('stories count their copies and who told them; the share of reposts counts what repeats', () => {
  const lid = 'The lid of my acme pot flew off this morning';
  const told = driving([
    mentionAt(1, { id: 'a', author: 'x', text: lid, engagement: 3 }),
    mentionAt(2, { id: 'b', author: 'y', text: `RT @x: ${lid}` }),
    mentionAt(3, { id: 'c', author: 'y', text: `so true: ${lid}` }),
    mentionAt(4, { id: 'd', author: 'z', text: 'Nice weather for a walk in the park today' }),
  ]);
  expect(told.stories).toMatchObject([
    { mention: { id: 'a' }, count: 3, authors: 2, engagement: 3 },
    { mention: { id: 'd' }, count: 1 },
  ]);
  expect(told).toMatchObject({ mentions: 4, authors: 3, repostShare: 0.5 });
  expect([...told.copies.values()]).toEqual([3, 3, 3, 1]);
});

test('a repost repeats even when its original came before the span', () => {
  expect(driving(said(['RT @x: The lid of my pot flew off'])).repostShare).toBe(1);
  expect(driving(said(['The lid of my pot flew off'], { repostOf: 'earlier' })).repostShare).toBe(1);
});

test('accounts: those that are heard and answered first, who is new, and who is new with many followers', () => {
  const { accounts } = driving(
    [
      mentionAt(1, { id: 'a', author: 'loud', channel: 'x', text: 'one' }),
      mentionAt(2, { id: 'b', author: 'loud', channel: 'x', text: 'two' }),
      mentionAt(9, { id: 'c', author: 'star', channel: 'bluesky', text: 'three', reach: 900_000, engagement: 4 }),
      mentionAt(3, { id: 'd', author: 'old star', channel: 'bluesky', text: 'four', reach: 800_000 }),
      mentionAt(4, { id: 'e', author: null, text: 'five', reach: 5 }),
    ],
    { seenBefore: (author, channel) => author === 'old star' && channel === 'bluesky' },
  );
  expect(accounts).toEqual([
    {
      author: 'star',
      channel: 'bluesky',
      mentions: 1,
      reach: 900_000,
      engagement: 4,
      isNew: true,
      isInfluencer: true,
      since: 9,
    },
    {
      author: 'old star',
      channel: 'bluesky',
      mentions: 1,
      reach: 800_000,
      engagement: null,
      isNew: false,
      isInfluencer: false,
      since: 3,
    },
    {
      author: 'loud',
      channel: 'x',
      mentions: 2,
      reach: null,
      engagement: null,
      isNew: true,
      isInfluencer: false,
      since: 1,
    },
  ]);
});

test('reach counts an account once, up to the cap, and is unknown when nobody knows any', () => {
  const of = (author: string | null, reach: number | null, id: string) => mentionAt(1, { id, author, reach });
  expect(driving([of('a', null, '1'), of('b', null, '2')]).reach).toBeNull();
  expect(driving([of('a', 100, '1'), of('a', 120, '2'), of('b', null, '3'), of(null, 7, '4')]).reach).toBe(127);
  expect(driving([of('a', 50_000_000, '1'), of('b', 1, '2')]).reach).toBe(REACH_CAP + 1);
});

test('negative shares count only what could be read', () => {
  const of = (sentiment: number | null, id: string) => mentionAt(1, { id, sentiment });
  const past = drivingPast([of(0.4, '8'), of(null, '9')]);
  const told = driving([of(-0.5, '1'), of(0.5, '2'), of(-0.9, '3'), of(null, '4')], { past });
  expect(told.negativeShare).toBeCloseTo(2 / 3);
  expect(told.negativeShareBefore).toBe(0);
});

test('questions that ask nearly the same are one, with its askers; a repost asks nothing', () => {
  const { questions } = driving(
    [
      ...said([
        'Is Acme going to recall the pots?',
        'will @acme be recalling these pots',
        'When will acme recall my pot ???',
        'recall of pots by acme, when is it?',
      ]),
      mentionAt(20, { id: 'again', author: 'author-0', text: 'Is acme going to recall those pots?', language: 'en' }),
      mentionAt(21, {
        id: 'repost',
        author: 'z',
        text: 'Is Acme going to recall the pots?',
        repostOf: 'm0',
        language: 'en',
      }),
      ...said(['Does anybody have a phone number for their support?'], {}, 30),
    ],
    { ownWords: ['acme'] },
  );
  expect(questions.map(({ mention, askers }) => [mention.id, askers])).toEqual([
    ['m0', 4],
    ['m30', 1],
  ]);
});

test('terms are those that became frequent, phrases in place of their words, without the query itself', () => {
  const before = said(Array.from({ length: 200 }, (_, at) => `acme has nice shops and good pots, number ${at % 7}`));
  const now = said(
    [
      ...Array.from({ length: 20 }, (_, at) => `acme: the pressure cooker of my friend exploded ${at}`),
      ...Array.from({ length: 20 }, () => 'acme has nice shops and good pots'),
    ],
    {},
    1000,
  );
  const { terms } = driving(now, { past: drivingPast(before), ownWords: ['acme'] });
  expect(terms).toEqual([
    { term: 'friend exploded', mentions: 20, expected: 0 },
    { term: 'pressure cooker', mentions: 20, expected: 0 },
  ]);
});

test('terms keep the spelling of people, and are told in scripts without spaces', () => {
  const now = [
    ...said(
      Array.from({ length: 9 }, () => 'Las Víctimas de Müller'),
      { language: 'es' },
    ),
    ...said(
      Array.from({ length: 9 }, () => '鍋が爆発した'),
      { language: 'ja' },
      100,
    ),
  ];
  const read = now.map((mention) => ({ mention, words: wordsSaid(mention.text) }));
  const terms = newTerms(read, countTerms([]), { ignored: new Set(), most: 9 }).map(({ term }) => term);
  expect(terms).toContain('víctimas de müller');
  expect(terms.some((term) => term.includes('爆'))).toBe(true);
});

test('chance is not news: the same talk before and now has hardly a term', () => {
  const random = createRandom(4);
  const words = Array.from({ length: 400 }, (_, at) => `word${at}x`);
  const talk = (from: number) =>
    said(
      Array.from({ length: 500 }, () =>
        Array.from({ length: 10 }, () => words[Math.floor(random() ** 2 * words.length)]).join(' '),
      ),
      {},
      from,
    );
  const { terms } = driving(talk(0), { past: drivingPast(talk(1000)) });
  expect(terms.length).toBeLessThan(4);
});

test('the same mentions give the same answer in any order', () => {
  const mentions = said(crisisTweets('2013_LA_airport_shootings').slice(0, 300));
  const some = mentions.length > 0 ? mentions : said(['is it safe?', 'it is not safe at all here', 'is it safe now?']);
  const shuffled = some.toSorted((a, b) => (a.id < b.id ? 1 : -1));
  const terms = (told: ReturnType<typeof driving>) =>
    told.terms.map(({ mentions: count, expected }) => [count, expected]);
  const { terms: _, ...rest } = driving(some);
  const { terms: __, ...restShuffled } = driving(shuffled);
  expect(restShuffled).toEqual(rest);
  expect(terms(driving(shuffled))).toEqual(terms(driving(some)));
});
