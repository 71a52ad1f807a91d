import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { estimateSentiment } from '../../../../../shared/domain/mention/sentiment.ts';
import { correlation, RATED_POSTS, ratedPosts } from '../../../../support/rated-posts.ts';

const english = (text: string) => estimateSentiment(text, 'en');

test('no word of judgement is no evidence', () => {
  expect(english('The lid is on the table.')).toBeNull();
  expect(english('טקסט')).toBeNull();
  expect(english('')).toBeNull();
});

test('what is not known to be English is unknown, however English it looks', () => {
  expect(estimateSentiment('Die Hölle ist hell, no?', 'de')).toBeNull();
  expect(estimateSentiment('this is bad', null)).toBeNull();
  expect(estimateSentiment('this is bad', 'en-GB')).toBe(english('this is bad'));
});

test('harm and praise have their signs, negation turns them round, intensity widens them', () => {
  const bad = english('this is bad') ?? 0;
  expect(bad).toBeLessThan(-0.05);
  expect(english('this is really bad')).toBeLessThan(bad);
  expect(english('this is BAD')).toBeLessThan(bad);
  expect(english('this is bad!!!')).toBeLessThan(bad);
  expect(english('this is not bad')).toBeGreaterThan(0);
  expect(english('I love it')).toBeGreaterThan(0.5);
  expect(english("I don't love it")).toBeLessThan(0);
  expect(english('I don’t love it')).toBe(english("I don't love it"));
  expect(english('the food was good but the service is horrible')).toBeLessThan(-0.05);
  expect(english('soooo goood')).toBeGreaterThan(0.05);
  expect(english('“good”, she said…')).toBeGreaterThan(0.05);
});

test('emoticons and signs judge too', () => {
  expect(english('my lid :(')).toBeLessThan(-0.05);
  expect(english('my lid 😡')).toBeLessThan(-0.05);
  expect(english('my lid ❤️')).toBeGreaterThan(0.05);
});

test('addresses and names judge nothing', () => {
  expect(english('see https://example.org/great-love @happy_shop')).toBeNull();
});

test('any text gives an estimate from -1 to 1 or none', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.constantFrom('bad ', 'LOVE!!! ', ''),
      (any, word) => {
        const estimate = english(`${word}${any}`);
        return estimate === null || (estimate >= -1 && estimate <= 1);
      },
    ),
    { seed: 3, numRuns: 500 },
  );
  expect(english('TERRIBLE!!! '.repeat(1000))).toBeGreaterThanOrEqual(-1);
});

test('it agrees with human ratings of 4,200 posts, as well as the published figure of 0.88 says', (context) => {
  context.skip(!existsSync(RATED_POSTS), 'the data set ../shared/data/vader is not beside the repository');
  const posts = ratedPosts();
  const r = correlation(
    posts.map(({ text }) => english(text) ?? 0),
    posts.map(({ rating }) => rating),
  );
  console.info(`sentiment: Pearson r = ${r.toFixed(4)} on ${posts.length} rated posts`);
  expect(r).toBeGreaterThan(0.875);
});
