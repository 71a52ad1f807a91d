import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from '../../../../../shared/base/ids.ts';
import { Mention } from '../../../../../shared/domain/mention/mention.ts';
import { mentionFromRecord, MentionRecord, plainFields } from '../../../../../shared/domain/mention/mention-record.ts';
import { parseTime } from '../../../../../shared/domain/mention/parse-time.ts';
import { FEED, WATCH_QUERY } from '../../../../support/mention-fixtures.ts';

const context = { feedId: FEED, watchQueryId: WATCH_QUERY, now: instant(1_760_000_000_000) };

function made(record: unknown): Mention {
  const mention = mentionFromRecord(record, context);
  if (!mention.ok) throw new Error(mention.error.reason);
  return Mention.parse(mention.value);
}

function reasonFor(record: unknown): string {
  const mention = mentionFromRecord(record, context);
  return mention.ok ? 'accepted' : mention.error.reason;
}

test('a full record becomes a mention, whatever the spelling of its fields', () => {
  const mention = made({
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
    unknown: 'ignored',
  });
  expect(mention).toMatchObject({
    id: 'p1',
    occurredAt: Date.UTC(2026, 3, 17, 12),
    observedAt: 1_776_427_201_000,
    recordedAt: context.now,
    engagement: 12,
    reach: 40,
    repostOf: 'p0',
    sentiment: -0.5,
  });
});

test('empty cells are absent fields, and only text is required', () => {
  const mention = made({ id: '', author: '', text: 'table', url: '', observedAt: '', engagement: '', sentiment: '' });
  expect(mention).toMatchObject({
    author: null,
    url: null,
    engagement: null,
    sentiment: null,
    observedAt: context.now,
  });
});

test('a record without an id is the same mention each time it is read', () => {
  const record = { text: 'same words', author: '@a', observedAt: 1_700_000_000 };
  const later = mentionFromRecord(record, { ...context, now: instant(context.now + 5_000) });
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
  [{ text: 'a', engagement: -1 }, 'engagement: must not be negative'],
  [{ text: 'a', id: 406495271334719490 }, 'id: must be text; a number this large is not exact, write it in quotes'],
])('refuses %j with the field and the reason', (record, reason) => {
  expect(reasonFor(record)).toBe(reason);
});

test('history without a time is refused', () => {
  const mention = mentionFromRecord({ text: 'a' }, { ...context, requireTime: true });
  expect(mention.ok ? '' : mention.error.reason).toContain('observedAt: is missing');
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
