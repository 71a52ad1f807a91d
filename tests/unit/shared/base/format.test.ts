import { expect, test } from 'vitest';
import {
  countOf,
  formatCount,
  formatCountdown,
  formatDayTime,
  formatDuration,
  formatMinute,
  formatShare,
  formatTime,
  shortHash,
  speakDuration,
} from '../../../../shared/base/format.ts';

const at = Date.UTC(2026, 10, 21, 14, 5, 2, 900);

test('durations are minutes and seconds, with hours only when there are some', () => {
  expect(formatDuration(72_000)).toBe('1:12');
  expect(formatDuration(8_999)).toBe('0:08');
  expect(formatDuration(0)).toBe('0:00');
  expect(formatDuration(3_767_000)).toBe('1:02:47');
  expect(formatDuration(-72_000)).toBe('1:12');
});

test('a countdown is rounded up before the deadline and down after it', () => {
  expect(formatCountdown(300_000)).toBe('05:00');
  expect(formatCountdown(166_001)).toBe('02:47');
  expect(formatCountdown(1)).toBe('00:01');
  expect(formatCountdown(0)).toBe('+00:00');
  expect(formatCountdown(-12_999)).toBe('+00:12');
  expect(formatCountdown(-3_767_000)).toBe('+1:02:47');
});

test('durations are spoken in words', () => {
  expect(speakDuration(167_000)).toBe('2 minutes 47 seconds');
  expect(speakDuration(61_000)).toBe('1 minute 1 second');
  expect(speakDuration(3_600_000)).toBe('1 hour');
  expect(speakDuration(10)).toBe('0 seconds');
});

test('times are shown with seconds, in the zone that is asked for', () => {
  expect(formatTime(at, 'UTC')).toBe('14:05:02');
  expect(formatTime(at, 'Europe/Berlin')).toBe('15:05:02');
  expect(formatTime(Date.UTC(2026, 0, 1), 'UTC')).toBe('00:00:00');
  expect(formatMinute(at, 'UTC')).toBe('14:05');
  expect(formatDayTime(at, 'UTC')).toBe('21 Nov 2026, 14:05:02');
});

test('counts, shares and hashes are short', () => {
  expect(formatCount(9872.4)).toBe('9,872');
  expect(countOf(1, 'finding')).toBe('1 finding');
  expect(countOf(2, 'query', 'queries')).toBe('2 queries');
  expect(formatShare(0.614)).toBe('61%');
  expect(shortHash('3f9a0c1b2d4e5f60718293')).toBe('3f9a0c1b2d…');
});
