import { expect, test } from 'vitest';
import { clockAnnouncement, clockMoment, type ClockMoment } from '../../../../src-renderer/ui/clock-moments.ts';

/** What a clock says that is shown once for each of `remaining`. */
function spoken(remaining: readonly number[]): string[] {
  const said: string[] = [];
  let before: ClockMoment = clockMoment(remaining[0] ?? 0);
  for (const ms of remaining) {
    const text = clockAnnouncement(before, ms);
    if (text !== undefined) said.push(text);
    before = clockMoment(ms);
  }
  return said;
}

test('a countdown from six minutes to ten seconds late speaks exactly five times', () => {
  const everyQuarterSecond = Array.from({ length: 4 * 370 + 1 }, (_, index) => 360_000 - index * 250);
  expect(spoken(everyQuarterSecond)).toEqual([
    '5 minutes left.',
    '2 minutes left.',
    '1 minute left.',
    '30 seconds left.',
    'The deadline has passed.',
  ]);
});

test('after a sleep only the newest moment is said, with the truth', () => {
  expect(spoken([290_000, 29_000])).toEqual(['29 seconds left.']);
  expect(spoken([290_000, -95_000])).toEqual(['The deadline passed 1 minute 35 seconds ago.']);
});

test('a deadline that moves away says nothing, and its moments are said again', () => {
  expect(spoken([59_000, 359_000, 300_000])).toEqual(['5 minutes left.']);
});

test('the bounds belong to the nearer stretch', () => {
  expect([300_001, 300_000, 120_000, 60_000, 30_000, 1, 0].map(clockMoment)).toEqual([
    'calm',
    'five-minutes',
    'two-minutes',
    'one-minute',
    'half-minute',
    'half-minute',
    'late',
  ]);
});
