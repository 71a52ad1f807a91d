import { expect, test } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import { endOfSecond, secondOf } from '../../../../src-renderer/state/replay-seconds.ts';
import { firstSecond, lastSecond, playOn } from '../../../../src-renderer/state/replay-seconds.ts';
import { at, publishingRoom, T0 } from '../../../support/given.ts';

const { events } = publishingRoom();

test('a second shows everything that the timeline dates with it', () => {
  expect(secondOf(T0 + 400)).toBe(T0);
  expect(endOfSecond(T0)).toBe(instant(T0 + 999));
  expect(endOfSecond(secondOf(T0 + 400))).toBeGreaterThanOrEqual(T0 + 400);
});

test('it begins at T0 when that is before the first event, and ends with the second of the last', () => {
  expect(firstSecond(events)).toBe(T0);
  expect(lastSecond(events)).toBe(secondOf(events.at(-1)?.at ?? 0));
  expect([firstSecond([]), lastSecond([])]).toEqual([0, 0]);
});

test('playing goes on in whole seconds, keeps what is owed, and stops at the end', () => {
  let position = { at: at(1) as number, owedMs: 0 };
  for (let frame = 0; frame < 60; frame += 1) position = playOn(position, 16, 1, at(4, 10));
  expect(position).toEqual({ at: at(1), owedMs: 960 });
  position = playOn(position, 40, 1, at(4, 10));
  expect(position).toEqual({ at: at(1, 1), owedMs: 0 });
  expect(playOn(position, 500, 60, at(4, 10))).toEqual({ at: at(1, 31), owedMs: 0 });
  expect(playOn(position, 60_000, 60, at(4, 10)).at).toBe(at(4, 10));
});
