import { expect, test } from 'vitest';
import { smallestChange } from '../../../../../../src-renderer/features/statement/editor/create-editor.ts';
import { neighbourSlot, slotsOf } from '../../../../../../src-renderer/features/statement/editor/slots.ts';

const text = 'We know [what happened]. [what we do]\nNext at [time]. [not\na slot] []';
const slots = slotsOf(text);

test('slots are bracketed words on one line', () => {
  expect(slots.map(({ from, to }) => text.slice(from, to))).toEqual(['[what happened]', '[what we do]', '[time]']);
});

test('Tab goes from slot to slot and round the end, Shift-Tab the other way', () => {
  const [first, second, third] = slots;
  expect(neighbourSlot(slots, { from: 0, to: 0 }, 1)).toEqual(first);
  expect(neighbourSlot(slots, first ?? { from: 0, to: 0 }, 1)).toEqual(second);
  expect(neighbourSlot(slots, third ?? { from: 0, to: 0 }, 1)).toEqual(first);
  expect(neighbourSlot(slots, third ?? { from: 0, to: 0 }, -1)).toEqual(second);
  expect(neighbourSlot(slots, { from: 0, to: 0 }, -1)).toEqual(third);
  expect(neighbourSlot([], { from: 0, to: 0 }, 1)).toBeUndefined();
});

test('the smallest change turns one text into the other', () => {
  for (const [before, after] of [
    ['abc', 'abXc'],
    ['aaa', 'aa'],
    ['', 'x'],
    ['x', ''],
    ['one two', 'one and two'],
    ['aa', 'aaa'],
  ] as const) {
    const change = smallestChange(before, after);
    expect(before.slice(0, change?.from) + (change?.insert ?? '') + before.slice(change?.to)).toBe(after);
  }
  expect(smallestChange('same', 'same')).toBeUndefined();
});
