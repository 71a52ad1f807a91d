import { expect, test } from 'vitest';
import { refusedWords } from '../../../../../src-renderer/features/statement/refused-words.ts';
import type { LinkRefusal } from '../../../../../src-renderer/state/document-link.ts';

const REASONS: readonly LinkRefusal[] = ['token', 'read-only', 'no-such-document', 'not-yours', 'full', 'unfit'];

test('every refusal says what happened and what to do, and where unsent words are only when there are any', () => {
  for (const reason of REASONS) {
    const without = refusedWords(reason, false, true);
    expect([without.happened, without.todo].join(' ')).toMatch(/^[A-Z].*\.$/);
    expect(without.kept).toBeUndefined();
    expect(refusedWords(reason, true, true).kept).toContain('this browser keeps it');
    expect(refusedWords(reason, true, false).kept).toContain('lost when you close it');
  }
});

test('a full text promises that deleting works only once what is unsent is given up', () => {
  expect(refusedWords('full', true, true).todo).toMatch(/take the room's text: there you can still delete/);
  expect(refusedWords('full', false, true).todo).toMatch(/Take the room's text: there you can still delete/);
});

test("the room's text is offered where there is one", () => {
  expect(REASONS.filter((reason) => refusedWords(reason, true, true).canTake)).toEqual([
    'read-only',
    'not-yours',
    'full',
    'unfit',
  ]);
});
