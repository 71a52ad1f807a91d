import { expect, test } from 'vitest';
import { diffSize, wordDiff } from '../../../../src-renderer/ui/word-diff.ts';

test('the parts of a difference rebuild both texts', () => {
  const before = 'Our first thought is with those hurt.\nWe know little.';
  const after = 'Our first thoughts are with those hurt.\n\nWe know little yet.';
  const parts = wordDiff(before, after);
  expect(
    parts
      .filter(({ kind }) => kind !== 'added')
      .map(({ text }) => text)
      .join(''),
  ).toBe(before);
  expect(
    parts
      .filter(({ kind }) => kind !== 'removed')
      .map(({ text }) => text)
      .join(''),
  ).toBe(after);
  expect(diffSize(parts)).toEqual({ added: 3, removed: 2 });
});

test('equal texts have no change, and two long strangers do not hold the page', () => {
  expect(wordDiff('same', 'same')).toEqual([{ kind: 'same', text: 'same' }]);
  expect(wordDiff('', '')).toEqual([]);
  const one = Array.from({ length: 20_000 }, (_, index) => `a${index}`).join(' ');
  const other = Array.from({ length: 20_000 }, (_, index) => `b${index}`).join(' ');
  const started = performance.now();
  const parts = wordDiff(one, other, 100);
  expect(performance.now() - started).toBeLessThan(3_000);
  expect(
    parts
      .filter(({ kind }) => kind !== 'removed')
      .map(({ text }) => text)
      .join(''),
  ).toBe(other);
});
