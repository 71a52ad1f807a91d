import { expect, test } from 'vitest';
import { massDeletionWords } from '../../../../../src-renderer/features/statement/mass-deletion-words.ts';
import { wholeText } from '../../../../../src-renderer/features/statement/whole-text.ts';

test('a mass deletion is told with the name, how much of how much, and the second', () => {
  const deletion = { deleted: 1_240, held: 1_300, at: Date.UTC(2026, 10, 22, 14, 2, 31) as never };
  expect(massDeletionWords(deletion, 'Ada Lindt', 'UTC')).toBe(
    'Ada Lindt deleted 1,240 of 1,300 characters at 14:02:31.',
  );
  expect(massDeletionWords(deletion, 'Ada\u202eLindt', 'UTC')).toContain('⟦right-to-left override⟧');
});

test('what is copied is everything: the master alone, or with each text of its own under its channel', () => {
  const nameOf = (id: string) => ({ x: 'X', web: 'Website' })[id] ?? id;
  expect(wholeText({ master: 'We know.', variants: { x: '' } }, nameOf)).toBe('We know.');
  expect(wholeText({ master: 'We know.', variants: { x: 'Short.', web: 'Long.' } }, nameOf)).toBe(
    'We know.\n\n--- X ---\nShort.\n\n--- Website ---\nLong.',
  );
});
