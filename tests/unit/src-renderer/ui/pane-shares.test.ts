import { expect, test } from 'vitest';
import { moveLine, restoreShares } from '../../../../src-renderer/ui/pane-shares.ts';
import { rankItems } from '../../../../src-renderer/ui/palette-items.ts';

const panes = [
  { share: 20, min: 14 },
  { share: 58, min: 40 },
  { share: 22, min: 16 },
];

test('a line moves its two neighbours only, and neither below its least', () => {
  expect(moveLine([20, 58, 22], [14, 40, 16], 0, 5)).toEqual([25, 53, 22]);
  expect(moveLine([20, 58, 22], [14, 40, 16], 0, -50)).toEqual([14, 64, 22]);
  expect(moveLine([20, 58, 22], [14, 40, 16], 1, 50)).toEqual([20, 64, 16]);
  expect(moveLine([20, 80], [0, 0], 1, 5)).toEqual([20, 80]);
});

test('remembered shares come back only when they still fit', () => {
  expect(restoreShares('[30,48,22]', panes)).toEqual([30, 48, 22]);
  for (const bad of [null, '', 'x', '{}', '[1,2]', '[1,77,22]', '["a",50,50]'])
    expect(restoreShares(bad, panes)).toEqual([20, 58, 22]);
});

test('the palette finds by every word, the best beginning first', () => {
  const items = [
    { label: 'Open the room' },
    { label: 'Submit for sign-off', words: 'clear approve' },
    { label: 'Room notes' },
  ];
  expect(rankItems(items, 'room').map(({ label }) => label)).toEqual(['Room notes', 'Open the room']);
  expect(rankItems(items, 'sub sign').map(({ label }) => label)).toEqual(['Submit for sign-off']);
  expect(rankItems(items, 'approve')).toHaveLength(1);
  expect(rankItems(items, ' ')).toHaveLength(3);
  expect(rankItems(items, 'zebra')).toEqual([]);
});
