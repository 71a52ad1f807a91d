import { expect, test } from 'vitest';
import { diffSize, excerpt, wordDiff } from '../../../../src-renderer/ui/word-diff.ts';

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

test('an excerpt keeps every change and only the neighbourhood of what stayed', () => {
  const long = 'We know this and that about it. '.repeat(20);
  const parts = excerpt(wordDiff(`${long}It is open. ${long}`, `${long}It is closed. ${long}`));
  expect(parts.filter(({ kind }) => kind !== 'same').map(({ text }) => text)).toEqual(['open', 'closed']);
  const same = parts.filter(({ kind }) => kind === 'same').map(({ text }) => text);
  expect(same[0]).toMatch(/^… .*It is $/);
  expect(same[1]).toMatch(/^\. .*…$/);
  expect(same.join('').length).toBeLessThan(300);
  expect(excerpt(wordDiff('short one', 'short two'))).toEqual(wordDiff('short one', 'short two'));
});
