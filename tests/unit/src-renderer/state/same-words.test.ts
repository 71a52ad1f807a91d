import { expect, test } from 'vitest';
import { type Draft, draftHash } from '../../../../shared/domain/statement/draft.ts';
import { sameWords } from '../../../../src-renderer/state/same-words.ts';

const plain = { master: 'We are sorry.\nMore at noon.', variants: { short: 'Sorry.' } };

test('it answers as the hashes would: line ends and empty variants make no difference, every word does', () => {
  const others: readonly Draft[] = [
    plain,
    { master: 'We are sorry.\r\nMore at noon.', variants: { short: 'Sorry.', website: '' } },
    { ...plain, master: `${plain.master} ` },
    { ...plain, variants: {} },
    { ...plain, variants: { website: 'Sorry.' } },
    { ...plain, variants: { short: 'Sorry' } },
    { ...plain, variants: { short: 'Sorry.', website: 'Sorry.' } },
  ];
  expect(others.map((other) => sameWords(plain, other))).toEqual([true, true, false, false, false, false, false]);
  for (const other of others) expect(sameWords(other, plain)).toBe(draftHash(other) === draftHash(plain));
});
