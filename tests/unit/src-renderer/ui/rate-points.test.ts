import { expect, test } from 'vitest';
import {
  gapsOf,
  rateSummary,
  sameMarks,
  samePoints,
  withHoles,
  type RatePoint,
} from '../../../../src-renderer/ui/rate-points.ts';

const start = Date.UTC(2026, 10, 21, 14, 0);

function minutes(counts: readonly (number | null | 'missing')[]): RatePoint[] {
  return counts.flatMap((count, index) =>
    count === 'missing'
      ? []
      : [{ at: start + index * 60_000, count, lower: 22, upper: 57, expected: 38, negativeShare: 0.61 }],
  );
}

test('a silent feed and a missing minute are gaps, a zero is not', () => {
  expect(
    gapsOf(minutes([1, null, null, 0, 'missing', 'missing', 3, null])).map(({ from, to }) => [
      (from - start) / 60_000,
      (to - start) / 60_000,
    ]),
  ).toEqual([
    [1, 3],
    [4, 6],
    [7, 8],
  ]);
  expect(gapsOf(minutes([1, 2, 3]))).toEqual([]);
  expect(gapsOf([])).toEqual([]);
});

test('a hole gets one empty point, so no line crosses it', () => {
  expect(withHoles(minutes([1, 'missing', 'missing', 3])).map((point) => point.count)).toEqual([1, null, 3]);
});

test('the chart is told in words', () => {
  const text = rateSummary(minutes([40, 530, null, 412]));
  expect(text).toContain('412 mentions');
  expect(text).toContain('Normal is 38, between 22 and 57: above the normal band.');
  expect(text).toContain('Most were 530');
  expect(text).toContain('61% negative.');
  expect(text).toContain('No data from');
  expect(rateSummary([])).toBe('No mentions have been counted yet.');
});

test('what looks the same is not drawn anew: a copy is, one other number or a minute more is not', () => {
  const points = minutes([1, null, 3]);
  expect(samePoints(points, minutes([1, null, 3]))).toBe(true);
  expect([minutes([1, 0, 3]), minutes([1, null]), minutes([1, null, 3, 4])].map((other) => samePoints(points, other))).toEqual([false, false, false]); // prettier-ignore
  const mark = { at: start, label: 'T0', kind: 'plain' } as const;
  expect([sameMarks([mark], [{ ...mark }]), sameMarks([mark], [{ ...mark, kind: 'done' }])]).toEqual([true, false]);
});
