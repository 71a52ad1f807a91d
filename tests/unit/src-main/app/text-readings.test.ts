import { expect, test } from 'vitest';
import { createTextReadings } from '../../../../src-main/app/text-readings.ts';

function counting(remembered: number) {
  const read: string[] = [];
  const readings = createTextReadings(remembered, {
    language: (text) => (read.push(text), text.startsWith('?') ? null : 'en'),
    sentiment: (text, language) => (read.push(`${text} in ${String(language)}`), language === null ? null : 0.5),
  });
  return { read, readings };
}

test('a text that is said again is not read again, unknown or not', () => {
  const { read, readings } = counting(10);
  for (const text of ['lid', '?', 'lid', '?']) {
    const language = readings.languageOf(text);
    expect(language).toBe(text === '?' ? null : 'en');
    expect(readings.sentimentOf(text, language)).toBe(text === '?' ? null : 0.5);
  }
  expect(read).toEqual(['lid', 'lid in en', '?', '? in null']);
});

test('it is judged anew as one of another language', () => {
  const { read, readings } = counting(10);
  expect([readings.sentimentOf('lid', 'en'), readings.sentimentOf('lid', null)]).toEqual([0.5, null]);
  expect(read).toHaveLength(2);
});

test('what nobody says again is forgotten, and what is too long is never remembered', () => {
  const { read, readings } = counting(2);
  for (const text of ['a', 'b', 'a', 'c', 'a', 'd', 'e', 'a', 'b']) readings.languageOf(text);
  expect(read).toEqual(['a', 'b', 'c', 'd', 'e', 'b']);
  for (const _again of [1, 2]) readings.languageOf('long '.repeat(200));
  expect(read).toHaveLength(8);
});
