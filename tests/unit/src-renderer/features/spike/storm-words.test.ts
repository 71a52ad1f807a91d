import { expect, test } from 'vitest';
import { instant } from '../../../../../shared/base/ids.ts';
import {
  monitorOrder,
  normalWords,
  reachWords,
  stepWords,
} from '../../../../../src-renderer/features/spike/storm-words.ts';
import { pretendQueries, pretendStorm } from '../../../../support/pretend-storms.ts';

const now = instant(1_700_000_000_000);
const storms = pretendQueries(20).map((query) => pretendStorm(query, now, null));

test('spikes come first, then names; the order that they came in does not matter', () => {
  const names = monitorOrder(storms).map(({ name }) => name);
  expect(names[0]).toBe('Steamwell');
  expect(names.slice(1)).toEqual(names.slice(1).toSorted((one, other) => one.localeCompare(other, 'en')));
  expect(monitorOrder(storms.toReversed()).map(({ name }) => name)).toEqual(names);
});

test('a count that changes moves nothing', () => {
  const later = storms.map((storm, index) => ({ ...storm, observed: (index * 7919) % 97 }));
  expect(monitorOrder(later).map(({ name }) => name)).toEqual(monitorOrder(storms).map(({ name }) => name));
});

test('no data is said, and unknown reach is never a small one', () => {
  const silent = storms.find(({ state }) => state === 'no-data');
  expect(silent && normalWords(silent)).toContain('no data');
  expect([null, 41_000].map(reachWords)).toEqual(['reach unknown', 'reach 41,000']);
});

test('how long a step is, in words', () => {
  expect([10_000, 60_000, 900_000, 7_200_000].map(stepWords)).toEqual(['10 s', '1 min', '15 min', '2 h']);
});
