import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeQuery } from '../../../../../shared/domain/watch-query/describe-query.ts';
import { parseWatchQuery } from '../../../../../shared/domain/watch-query/parse-watch-query.ts';
import { wordsAskedFor } from '../../../../../shared/domain/watch-query/query-expression.ts';

function read(text: string): string {
  const parsed = parseWatchQuery(text);
  return parsed.ok ? describeQuery(parsed.value) : `${parsed.error.at}: ${parsed.error.message}`;
}

test.each([
  ['acme recall', '“acme” and “recall”'],
  ['"Acme Corp" recall', '“Acme Corp” and “recall”'],
  ['“Acme Corp”', '“Acme Corp”'],
  ['AT&T', '“AT&T”'],
])('[ASK1] %j is %s', (text, described) => {
  expect(read(text)).toBe(described);
});

test.each([
  ['Acme, Acme Corp', '“Acme” or (“Acme” and “Corp”)'],
  ['acme,, corp\n\npots,', '“acme” or “corp” or “pots”'],
  ['アクメ、エース', '“アクメ” or “エース”'],
])('[ASK2] %j is %s', (text, described) => {
  expect(read(text)).toBe(described);
});

test.each([
  ['acme OR pots recall', '“acme” or (“pots” and “recall”)'],
  ['(acme OR pots) AND recall', '(“acme” or “pots”) and “recall”'],
  ['acme and recall', '“acme” and “and” and “recall”'],
  ['acme NOT jobs', '“acme” and not “jobs”'],
  [
    'acme -jobs -"open position" -(hire OR hiring)',
    '“acme” and not “jobs” and not “open position” and not (“hire” or “hiring”)',
  ],
  ['acme - jobs & pots', '“acme” and “jobs” and “pots”'],
  ['acme-jobs', '“acme-jobs”'],
])('[ASK3] %j is %s', (text, described) => {
  expect(read(text)).toBe(described);
});

test('terms of every kind are described in plain words', () => {
  expect(read('acme* #acme #acme* @acme @acme* lang:de channel:Bluesky url:https://www.Example.org/news/')).toBe(
    [
      'words that begin with “acme”',
      '#acme',
      'hashtags that begin with #acme',
      'by or to @acme',
      'by or to accounts that begin with @acme',
      'written in German',
      'on bluesky',
      'with a link to example.org/news',
    ].join(' and '),
  );
});

test.each([
  ['', 0, 'Write what to look for'],
  ['  ,\n', 4, 'Write what to look for'],
  ['acme OR', 5, 'Write after OR'],
  ['acme OR OR pots', 5, 'Write after OR'],
  ['AND acme', 0, 'AND stands between two things'],
  ['acme (recall', 5, 'never closed'],
  ['acme )', 5, 'closes nothing'],
  ['acme ( )', 5, 'nothing in this bracket'],
  ['acme "recall', 5, 'close it with another "'],
  ['acme ""', 5, 'no word between these quotes'],
  ['acme -', null, ''],
  ['acme NOT', 5, 'Write after NOT'],
  ['acme *pots', 5, 'write acme*'],
  ['a*', 0, 'at least two letters'],
  ['acme lang:german', 10, 'code of two letters'],
  ['channel:blue/sky', 8, 'is no channel'],
  ['chanel:bluesky', 0, 'There are lang:, channel: and url:'],
  ['https://acme.example', 0, 'write url: before'],
  ['url:acme', 4, 'url:example.org'],
  ['#', 1, 'Write what to look for'],
  ['#a-b', 0, 'is no hashtag'],
  ['@!', 0, 'is no account'],
])('[ASK10] %j has its mistake at %s', (text, at, says) => {
  const parsed = parseWatchQuery(text);
  if (at === null) {
    expect(parsed.ok).toBe(true);
    return;
  }
  if (parsed.ok) throw new Error(`read as ${describeQuery(parsed.value)}`);
  expect(parsed.error.at).toBe(at);
  expect(parsed.error.message).toContain(says);
});

test('[ASK10] any text, and every beginning of a good query, gives an expression or a mistake within it', () => {
  const piece = fc.constantFrom(
    ...[
      'acme',
      'AND',
      'OR',
      'NOT',
      '-',
      '(',
      ')',
      '"',
      ',',
      '\n',
      ' ',
      '#',
      '@',
      '*',
      ':',
      'lang:',
      'url:',
      '東京',
      '😡',
      '\ud800',
      '\u0301',
    ],
  );
  const query = fc.oneof(
    fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
    fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(' ')),
    fc.array(fc.nat(0xffff), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
  );
  fc.assert(
    fc.property(query, (text) => {
      const parsed = parseWatchQuery(text);
      if (parsed.ok) return describeQuery(parsed.value) !== '';
      const { at, message } = parsed.error;
      return at >= 0 && at <= text.length && message.endsWith('.');
    }),
    { seed: 17, numRuns: 1000 },
  );
  const good = '("Acme Corp" OR #acme*) AND -(jobs, "open position") @acme lang:de url:example.org/a';
  for (let end = 0; end <= good.length; end += 1) expect(() => parseWatchQuery(good.slice(0, end))).not.toThrow();
});

test('[ASK10] nesting is bounded and length is not a danger', () => {
  expect(read(`${'('.repeat(20)}acme${')'.repeat(20)}`)).toBe('“acme”');
  expect(read(`${'('.repeat(20_000)}acme`)).toContain('brackets within brackets');
  expect(read(`acme ${'NOT '.repeat(20_000)}pots`)).toContain('brackets within brackets');
  expect(read('acme '.repeat(20_000)).length).toBeGreaterThan(20_000);
});

test.each(['-jobs', 'NOT jobs', 'acme, -jobs', 'acme OR NOT (jobs hire)', '-(jobs OR hire)'])(
  '[ASK11] %j asks for everything',
  (text) => {
    expect(read(text)).toContain('everything but that');
  },
);

test('the words asked for are those that are not excluded', () => {
  const parsed = parseWatchQuery('("Acme Corp" OR #pots OR @acme OR Müller*) -jobs lang:de');
  expect(parsed.ok && wordsAskedFor(parsed.value)).toEqual(['acme', 'corp', 'pots', 'muller']);
});
