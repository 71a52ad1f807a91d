import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from '../../../../../shared/base/ids.ts';
import { Post } from '../../../../../shared/domain/mention/mention.ts';
import {
  MentionRecord,
  plainFields,
  postFromRecord,
  primaryLanguage,
} from '../../../../../shared/domain/mention/mention-record.ts';
import { parseTime } from '../../../../../shared/domain/mention/parse-time.ts';
import { FEED } from '../../../../support/mention-fixtures.ts';

const context = { feedId: FEED, now: instant(1_780_000_000_000) };

function made(record: unknown): Post {
  const post = postFromRecord(record, context);
  if (!post.ok) throw new Error(post.error.reason);
  return Post.parse(post.value);
}

function reasonFor(record: unknown): string {
  const post = postFromRecord(record, context);
  return post.ok ? 'accepted' : post.error.reason;
}

test('a full record becomes a post, whatever the spelling of its fields', () => {
  const post = made({
    ID: 'p1',
    author: '@a',
    Text: 'hello there',
    url: 'https://example.org/1',
    occurred_at: '2026-04-17T14:00:00+02:00',
    'observed-at': 1_776_427_201,
    engagement: '12',
    reach: 40,
    Repost_Of: 'p0',
    sentiment: -0.5,
    Channel: 'X',
    language: 'en-GB',
    unknown: 'ignored',
  });
  expect(post).toMatchObject({
    id: 'p1',
    occurredAt: Date.UTC(2026, 3, 17, 12),
    observedAt: 1_776_427_201_000,
    recordedAt: context.now,
    engagement: 12,
    reach: 40,
    repostOf: 'p0',
    sentiment: -0.5,
    channel: 'x',
    language: 'en',
  });
});

test('a record that says nothing of channel, language and judgement gets the channel of its feed, and no guesses', () => {
  expect(made({ text: 'This is awful.' })).toMatchObject({ channel: 'other', language: null, sentiment: null });
  const post = postFromRecord({ text: 'This is awful.' }, { ...context, channel: 'news' });
  expect(post.ok && post.value.channel).toBe('news');
});

test('nothing was seen later than now, whatever its record says', () => {
  const ahead = context.now + 3_600_000;
  expect(made({ text: 'a', observedAt: ahead }).observedAt).toBe(context.now);
  expect(made({ text: 'a', occurredAt: ahead })).toMatchObject({ occurredAt: ahead, observedAt: context.now });
});

test.each([
  ['en', 'en'],
  ['pt-BR', 'pt'],
  ['zh_Hant_TW', 'zh'],
  ['DEU', 'deu'],
  ['und', null],
  ['', null],
  ['German', null],
  ['x', null],
  [7, null],
])('reads the language %j as %j', (language, primary) => {
  expect(made({ text: 'a', language }).language).toBe(primary);
  if (typeof language === 'string') expect(primaryLanguage(language)).toBe(primary);
});

test('empty cells are absent fields, and only text is required', () => {
  const post = made({ id: '', author: '', text: 'table', url: '', observedAt: '', engagement: '', sentiment: '' });
  expect(post).toMatchObject({
    author: null,
    url: null,
    engagement: null,
    sentiment: null,
    observedAt: context.now,
  });
});

test('a record without an id is the same post each time it is read', () => {
  const record = { text: 'same words', author: '@a', observedAt: 1_700_000_000 };
  const later = postFromRecord(record, { ...context, now: instant(context.now + 5_000) });
  expect(later.ok && later.value.id).toBe(made(record).id);
  expect(made({ ...record, author: '@b' }).id).not.toBe(made(record).id);
  expect(made(record).id).toMatch(/^sha256:[0-9a-f]{64}$/);
});

test.each([
  [null, 'the record is not an object with fields'],
  [['text'], 'the record is not an object with fields'],
  [{}, 'text: is missing'],
  [{ text: '  ' }, 'text: is empty'],
  [{ text: 'x'.repeat(20_001) }, 'text: is longer than 20,000 characters'],
  [{ text: 'a', observedAt: 'yesterday' }, 'observedAt: is not a time we can read: "yesterday"'],
  [{ text: 'a', channel: 'tik tok' }, 'channel: is not the name of a channel'],
  [{ text: 'a', channel: 7 }, 'channel: is not the name of a channel'],
  [{ text: 'a', engagement: -1 }, 'engagement: must not be negative'],
  [{ text: 'a', id: 406495271334719490 }, 'id: must be text; a number this large is not exact, write it in quotes'],
])('refuses %j with the field and the reason', (record, reason) => {
  expect(reasonFor(record)).toBe(reason);
});

test('history without a time is refused', () => {
  const post = postFromRecord({ text: 'a' }, { ...context, requireTime: true });
  expect(post.ok ? '' : post.error.reason).toContain('observedAt: is missing');
});

test('an address that is not http(s) never becomes a link', () => {
  expect(made({ text: 'a', url: 'javascript:alert(1)' }).url).toBeNull();
});

test('a field called __proto__ is only a field', () => {
  expect(made(JSON.parse('{"text":"a","__proto__":{"author":"x"}}'))).toMatchObject({ author: null });
});

test('text of any script arrives byte for byte', () => {
  const text = '\u202Eabc\u200B <b>טקסט</b> \u{1F525}';
  expect(made({ text }).text).toBe(text);
});

test.each([
  ['2013-11-29T22:42:13Z', 1_385_764_933_000],
  ['2013-11-29 22:42:13', 1_385_764_933_000],
  ['2013-11-29T22:42', 1_385_764_920_000],
  ['2013-11-29', 1_385_683_200_000],
  ['2013-11-29T23:42:13.5+01:00', 1_385_764_933_500],
  ['2013-11-29T23:42:13+0100', 1_385_764_933_000],
  ['1385764933', 1_385_764_933_000],
  [1_385_764_933.25, 1_385_764_933_250],
  [1_385_764_933_000, 1_385_764_933_000],
  ['13:00', null],
  ['2013-13-45', null],
  [-1, null],
  [Number.NaN, null],
])('reads the time %j as %j', (value, at) => {
  expect(parseTime(value)).toBe(at);
});

test('a record that needs no mending becomes what the schema makes of it', () => {
  const mostly = (plain: fc.Arbitrary<unknown>, ...odd: readonly fc.Arbitrary<unknown>[]) =>
    fc.oneof(
      { weight: 12, arbitrary: plain },
      ...odd,
      fc.constantFrom(null, undefined, '', false, 7, 2 ** 60, NaN, []),
    );
  const words = mostly(fc.string({ minLength: 1 }), fc.string({ minLength: 500, maxLength: 530 }));
  const times = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });
  const time = mostly(
    times.map((date) => date.toISOString()),
    fc.constantFrom('2026-04-17', '17.4.2026', '1776427201', '2026-02-30T00:00:00Z', '1960-01-01T00:00:00Z'),
    fc.double(),
  );
  const quantity = mostly(fc.double({ min: 0, max: 1 }), fc.double(), fc.string());
  const text = mostly(fc.string({ minLength: 1 }), fc.constantFrom(' ', 'x'.repeat(20_001)));
  const record = fc.record(
    {
      id: words,
      author: words,
      text,
      url: words,
      occurredAt: time,
      observedAt: time,
      engagement: quantity,
      reach: quantity,
      repostOf: words,
      sentiment: quantity,
      channel: mostly(fc.constantFrom('x', 'news', 'bluesky'), fc.string()),
      language: mostly(fc.constantFrom('en', 'de'), fc.constantFrom('und', 'en-GB', 'deu'), fc.string()),
    },
    { requiredKeys: ['text'] },
  );
  let plain = 0;
  fc.assert(
    fc.property(record, (known) => {
      const fields = plainFields(known);
      if (fields === null) return;
      plain += 1;
      expect(fields).toEqual(MentionRecord.parse(known));
    }),
    { numRuns: 5_000 },
  );
  expect(plain).toBeGreaterThan(500);
});
