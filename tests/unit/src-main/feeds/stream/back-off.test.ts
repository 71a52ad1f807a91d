import { expect, test } from 'vitest';
import { backOffMs, seldomMs } from '../../../../../src-main/feeds/stream/back-off.ts';
import { retryAfterMs } from '../../../../../src-main/feeds/stream/retry-after.ts';

const longest = (failures: number): number => backOffMs(failures, () => 1);

test('waits between one second and a ceiling that doubles up to two minutes', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7, 50, 1e9].map(longest)).toEqual([
    2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 120_000, 120_000, 120_000, 120_000,
  ]);
  expect([0, 7, 1e9].map((failures) => backOffMs(failures, () => 0))).toEqual([1_000, 1_000, 1_000]);
  expect(backOffMs(7, () => 0.5)).toBe(60_500);
});

test('who refuses us is asked once in one to two minutes', () => {
  expect([seldomMs(() => 0), seldomMs(() => 1)]).toEqual([60_000, 120_000]);
});

test('reads a pause in seconds, at most an hour, and nothing else', () => {
  expect(['7', ' 30 ', '999999', 'Wed, 21 Oct 2015 07:28:00 GMT', '-1', '', null, undefined].map(retryAfterMs)).toEqual(
    [7_000, 30_000, 3_600_000, null, null, null, null, null],
  );
});
