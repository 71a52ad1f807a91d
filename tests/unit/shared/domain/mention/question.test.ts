import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isQuestion } from '../../../../../shared/domain/mention/question.ts';
import { crisisTweets } from '../../../../support/crisis-tweets.ts';

test.each([
  'Is the lid safe?',
  'the lid flew off, is that normal ?? #acme https://t.co/1',
  'Does anyone know if they recall it',
  'anyone else have this problem with their pot',
  'What is going on at Acme',
  '@acme how do I get my money back',
  'Any update on the recall',
  'Oh my… has anybody heard from them?!',
  '¿alguien sabe algo',
  'Alguien sabe si lo retiran',
  'por qué nadie contesta',
  'Weiß jemand, ob das gefährlich ist',
  'Warum antwortet niemand?',
  'Est-ce que c’est dangereux',
  'Weet iemand of dit gevaarlijk is',
  'これは安全ですか',
  '这个安全吗',
  'هل هذا آمن؟',
  'really? and what about my money? RT @acme: all is well',
])('%j asks', (text) => {
  expect(isQuestion(text)).toBe(true);
});

test.each([
  '',
  'The lid is safe.',
  'Really?',
  'WTF?!',
  'https://example.org/?q=is+it+safe',
  'see www.example.org/a?b=c',
  'broken http:/2013/07/27/spain-crash/?tb #Spain',
  'RT @somebody: is the lid safe?',
  '“@somebody: is the lid safe?”',
  'What a day',
  'How sad',
  'When I was at the shop',
  'I know who did it',
  'Do it now',
  'Would not buy again',
])('%j does not', (text) => {
  expect(isQuestion(text)).toBe(false);
});

test('any text is or is none, and none costs more than its beginning', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(0xffff), { maxLength: 100 }).map((units) => String.fromCharCode(...units)),
      (text) => typeof isQuestion(text) === 'boolean',
    ),
    { seed: 7, numRuns: 500 },
  );
  for (const unit of ['? ', 'a?', '@a', 'is ', '¿', 'RT @']) isQuestion(unit.repeat(10_000));
});

test('in real crises few posts ask, and what is reposted is not asked again', (context) => {
  const texts = (['2013_Glasgow_helicopter_crash', '2013_LA_airport_shootings'] as const).flatMap(crisisTweets);
  context.skip(texts.length === 0, 'the data set ../shared/data/crisislex is not beside the repository');
  const asking = texts.filter(isQuestion);
  expect(asking.filter((text) => text.startsWith('RT @'))).toEqual([]);
  expect(asking.length).toBeGreaterThan(40);
  expect(asking.length / texts.length).toBeLessThan(0.05);
});
