import { expect, test } from 'vitest';
import type { Finding } from '../../../../../shared/domain/statement/finding.ts';
import { freshPlace, inEditor } from '../../../../../src-renderer/features/statement/editor-findings.ts';

const fix = { label: 'Take it out', insert: '' };
const promise: Finding = { check: 'over-promise', severity: 'warning', message: 'A promise.', channelId: null, from: 4, to: 9, fix }; // prettier-ignore

test('an editor marks its own text only; what is about the whole text stands at its end', () => {
  const whole: Finding = { ...promise, severity: 'blocking', from: null, to: null, fix: null };
  const marked = inEditor([promise, whole, { ...promise, channelId: 'short' }], null, 'Never again.');
  expect(marked).toEqual([
    { from: 4, to: 9, severity: 'warning', message: 'A promise.', fix: { name: 'Take it out', insert: '' } },
    { from: 12, to: 12, severity: 'error', message: 'A promise.' },
  ]);
});

test('a fix goes where its finding is now: the nearest of several alike', () => {
  const moved = [{ ...promise, from: 40, to: 45 }, { ...promise, from: 7, to: 12 }]; // prettier-ignore
  expect(freshPlace(moved, promise, 60)).toEqual({ from: 7, to: 12, insert: '' });
});

test('a finding that was settled, or has no fix any more, changes nothing', () => {
  expect(freshPlace([], promise, 60)).toBeUndefined();
  expect(
    freshPlace(
      [
        { ...promise, channelId: 'short' },
        { ...promise, check: 'other' },
      ],
      promise,
      60,
    ),
  ).toBeUndefined();
  expect(freshPlace([{ ...promise, fix: null }], promise, 60)).toBeUndefined();
});
