import { expect, test } from 'vitest';
import { edgesOf, sameStack, type StackPoint, withEnds } from '../../../../src-renderer/ui/stack-points.ts';

function point(at: number, parts: readonly number[] | null): StackPoint {
  const count = parts === null ? null : parts.reduce((sum, part) => sum + part, 0);
  return { at, count, parts: parts ?? [], expected: 1, lower: 0, upper: 2, negativeShare: null, reach: null };
}

test('each layer stands on those below it, the topmost edge is the count', () => {
  const points = [point(0, [4, 2, 1]), point(10, [1, 0, 3])];
  expect(edgesOf(points, 3)).toEqual([
    [7, 4],
    [6, 1],
    [4, 1],
  ]);
});

test('a step without data has no edge: it is not zero', () => {
  expect(edgesOf([point(0, [4, 2]), point(10, null)], 2)).toEqual([
    [6, null],
    [4, null],
  ]);
});

test('a step ends where the data ends, before a gap and now', () => {
  const points = [point(0, [1]), point(10, [2]), point(20, null), point(30, [3])];
  expect(withEnds(points, 10).map(({ at, count }) => [at, count])).toEqual([
    [0, 1],
    [10, 2],
    [19, 2],
    [20, null],
    [30, 3],
    [40, 3],
  ]);
  expect(withEnds([], 10)).toEqual([]);
});

test('a chart is drawn anew when a part moves between channels, and not when nothing changed', () => {
  const before = [point(0, [4, 2])];
  expect(sameStack(before, [point(0, [4, 2])])).toBe(true);
  expect(sameStack(before, [point(0, [3, 3])])).toBe(false);
  expect(sameStack(before, [...before, point(10, [1, 1])])).toBe(false);
});
