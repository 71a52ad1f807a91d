import { expect, test } from 'vitest';
import { saidPoints } from '../../../../src-renderer/ui/band-spark.ts';

const point = (at: number, count: number | null) => ({
  at,
  count,
  expected: 1,
  lower: 0,
  upper: 2,
  negativeShare: null,
});

test('a minute under way is drawn only when it says more than the one before: it can only grow', () => {
  const low = [point(0, 8), point(60, 1)];
  const high = [point(0, 8), point(60, 9)];
  expect(saidPoints({ points: low, running: true })).toEqual(low.slice(0, 1));
  expect(saidPoints({ points: high, running: true })).toEqual(high);
  expect(saidPoints({ points: low, running: false })).toEqual(low);
});

test('a minute without data stays in the picture as the gap that it is', () => {
  const gap = [point(0, 8), point(60, null)];
  expect(saidPoints({ points: gap, running: true })).toEqual(gap);
});
