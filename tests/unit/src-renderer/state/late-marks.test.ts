import { expect, test } from 'vitest';
import { sha256Hex } from '../../../../shared/base/digest.ts';
import { instant } from '../../../../shared/base/ids.ts';
import { MOST_AHEAD_MS } from '../../../../shared/log/hybrid-time.ts';
import { arrivalMark, arrivalWords, LATE_AFTER_MS, landedAmong } from '../../../../src-renderer/state/late-marks.ts';
import { at } from '../../../support/given.ts';

const entry = (name: string, written: number, arrived?: number) => ({
  hash: sha256Hex(name),
  at: instant(written),
  ...(arrived !== undefined && { arrivedAt: instant(arrived) }),
});
const here = (name: string, written: number) => entry(name, written);
const late = (name: string, written: number) => entry(name, written, written + LATE_AFTER_MS + 1);

test('what was written here bears no mark, and neither does what came as it was written', () => {
  expect(arrivalMark(here('a', at(2)))).toBeNull();
  expect(arrivalMark(entry('a', at(2), at(2) + LATE_AFTER_MS))).toBeNull();
  expect(arrivalMark(entry('a', at(2), at(2) - MOST_AHEAD_MS))).toBeNull();
});

test('what was written apart says when it was recorded and when it arrived', () => {
  const mark = arrivalMark(entry('a', at(2), at(31)));
  expect(mark?.kind).toBe('late');
  expect(mark && arrivalWords(mark, 'UTC')).toBe('recorded 09:02, arrived 09:31');
});

test('on another day it says the day', () => {
  const mark = arrivalMark(entry('a', at(2), at(2 + 24 * 60)));
  expect(mark && arrivalWords(mark, 'UTC')).toBe('recorded 2 Mar 2026, 09:02:00, arrived 3 Mar 2026, 09:02:00');
});

test('a clock far ahead is said, and by how much', () => {
  const mark = arrivalMark(entry('a', at(20), at(8)));
  expect(mark?.kind).toBe('ahead');
  expect(mark && arrivalWords(mark, 'UTC')).toBe('its clock was 12:00 ahead of ours: it arrived 09:08');
  expect(arrivalMark(entry('a', at(8) + MOST_AHEAD_MS + 1, at(8)))?.kind).toBe('ahead');
});

test('late entries that land before something that was read are told, oldest first', () => {
  const read = [here('a', at(1)), here('b', at(3)), here('c', at(5))];
  const [a, b, c] = read;
  if (!a || !b || !c) throw new Error('three');
  const [x, y, last] = [late('x', at(2)), late('y', at(4)), late('z', at(6))];
  expect(landedAmong(read, [a, x, b, y, c, last])).toEqual([x.hash, y.hash]);
});

test('what follows everything that was read is new, not late; what is out of step by a moment is not told either', () => {
  const read = [here('a', at(1)), here('b', at(3))];
  const [a, b] = read;
  if (!a || !b) throw new Error('two');
  expect(landedAmong(read, [a, b, late('z', at(4))])).toEqual([]);
  expect(landedAmong(read, [a, entry('x', at(2), at(2) + 300), b])).toEqual([]);
});

test('a room that is opened for the first time tells nothing: nobody has read it', () => {
  expect(landedAmong([], [late('x', at(2)), here('a', at(3))])).toEqual([]);
});
