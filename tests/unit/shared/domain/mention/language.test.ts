import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { detectLanguage } from '../../../../../shared/domain/mention/language.ts';
import { isPlainEnglish } from '../../../../../shared/domain/mention/plain-english.ts';
import { languageOfScript } from '../../../../../shared/domain/mention/script-language.ts';
import { RATED_POSTS, ratedPosts } from '../../../../support/rated-posts.ts';
import { shortPosts } from './short-posts.ts';

test('short posts of 27 languages are told apart; what is doubtful is null rather than wrong', () => {
  const told = Object.entries(shortPosts).flatMap(([language, posts]) =>
    posts.map((text) => ({ text, language, detected: detectLanguage(text) })),
  );
  // Indonesian and Malay are one to the model.
  const wrong = told.filter(
    ({ language, detected }) => detected !== null && detected !== (language === 'id' ? 'ms' : language),
  );
  expect(wrong).toEqual([]);
  const silent = told.filter(({ detected }) => detected === null).map(({ text }) => text);
  expect(silent.length, silent.join('\n')).toBeLessThanOrEqual(8);
});

test.each(['', 'lol', '😂😂😂', '123 456', '@acme #acme https://example.org/das/ist/nicht/deutsch', 'Breaking'])(
  '%j is too little to tell',
  (text) => {
    expect(detectLanguage(text)).toBeNull();
  },
);

test('addresses, names and hashtags do not count', () => {
  expect(detectLanguage('RT @deutschebahn: I have been waiting here for two hours #verspätung')).toBe('en');
});

test('any text is told a primary code or none', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(0xffff), { maxLength: 80 }).map((units) => String.fromCharCode(...units)),
      (text) => /^[a-z]{2,3}$/.test(detectLanguage(text) ?? 'xx'),
    ),
    { seed: 9, numRuns: 500 },
  );
  expect(detectLanguage('\ud800 \udfff \ud83d')).toBeNull();
});

test('the quick ways say nothing where they are not sure, and nothing wrong', () => {
  const quick = Object.entries(shortPosts).flatMap(([language, posts]) =>
    posts.map((text) => ({ language, text, told: isPlainEnglish(text) ? 'en' : languageOfScript(text) })),
  );
  expect(quick.filter(({ language, told }) => told !== null && told !== language)).toEqual([]);
  const answered = new Set(quick.flatMap(({ told }) => told ?? []));
  expect([...answered]).toEqual(expect.arrayContaining(['en', 'ja', 'ko', 'el', 'th']));
});

test.each([
  ['I cannot believe what they did with the lid of this pot', true],
  ['I cannot believe what they did, qué desastre con la tapa', false],
  ['The lid 的 盖子 broke and this is what they said', false],
  ['the the', false],
])('%j is plain English: %j', (text, isPlain) => {
  expect(isPlainEnglish(text)).toBe(isPlain);
});

test.each([
  ['アクメの鍋の蓋が爆発した', 'ja'],
  ['我的の锅盖子爆炸了怎么办呢', null],
  ['acme αβ', null],
  ['아크메 냄비 Acme', 'ko'],
  ['Крышка взорвалась', null],
])('the letters of %j tell %j', (text, language) => {
  expect(languageOfScript(text)).toBe(language);
});

test('hardly any English post is taken for another language', (context) => {
  context.skip(!existsSync(RATED_POSTS), 'the data set ../shared/data/vader is not beside the repository');
  const told = ratedPosts()
    .filter((_, at) => at % 4 === 0)
    .map(({ text }) => detectLanguage(text));
  const known = told.filter((language) => language !== null);
  const english = known.filter((language) => language === 'en').length;
  console.info(
    `language: ${english} of ${known.length} told rightly as English, ${told.length - known.length} not told`,
  );
  expect(english / known.length).toBeGreaterThan(0.98);
  expect(known.length / told.length).toBeGreaterThan(0.9);
  const quick = ratedPosts().filter(({ text }) => isPlainEnglish(text)).length;
  expect(quick / ratedPosts().length).toBeGreaterThan(0.5);
});
