import { expect, test } from 'vitest';
import { createForkWatch, findForks, forkedFrom } from '../../../../shared/log/forks.ts';
import { ROOM, signerOf } from '../../../support/log-fixtures.ts';
import { createRandom } from '../../../support/random.ts';
import { randomEvents, signOn } from '../../../support/random-events.ts';
import { inAnyCausalOrder } from '../../../support/signed-by-hand.ts';

const [anna, bea] = [signerOf('anna'), signerOf('bea')];
const a1 = signOn(ROOM, anna, [], 100);
const a2 = signOn(ROOM, anna, [a1], 110);
const a3 = signOn(ROOM, anna, [a2], 120);
const other2 = signOn(ROOM, anna, [a1], 111);
const other3 = signOn(ROOM, anna, [a2], 121);
const b1 = signOn(ROOM, bea, [a1], 105);

test('a chain is no fork, and the same event twice is none', () => {
  const watch = createForkWatch();
  for (const event of [a1, b1, a2, a2, a3, a1]) expect(watch.add(event)).toBe(false);
  expect(watch.forkedFrom).toEqual(new Map());
  expect(findForks([a1, a2, a2, b1])).toEqual([]);
});

test('a number signed twice is news once; a lower one is news again, a higher one is not', () => {
  const watch = createForkWatch();
  for (const event of [a1, b1, a2, a3]) watch.add(event);
  expect(watch.add(other3)).toBe(true);
  expect(watch.forkedFrom).toEqual(new Map([[anna.publicKey, 3]]));
  expect(watch.add(signOn(ROOM, anna, [a2], 122))).toBe(false);
  expect(watch.add(other2)).toBe(true);
  expect(watch.forkedFrom).toEqual(new Map([[anna.publicKey, 2]]));
  expect(watch.add(signOn(ROOM, anna, [other2], 130))).toBe(false);
  expect(watch.forkedFrom).toEqual(new Map([[anna.publicKey, 2]]));
});

test('a fork is shown by the first two events of its number', () => {
  expect(findForks([a1, a2, other2, a3, other3, signOn(ROOM, anna, [a1], 112)])).toEqual([
    { author: anna.publicKey, seq: 2, events: [a2, other2] },
    { author: anna.publicKey, seq: 3, events: [a3, other3] },
  ]);
});

test('whatever order the events come in, the same authors forked from the same numbers', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const random = createRandom(seed);
    const events = randomEvents(ROOM, 60, random);
    const lowest = new Map<string, number>();
    for (const { author, seq } of findForks(events)) lowest.set(author, Math.min(seq, lowest.get(author) ?? seq));
    for (let round = 0; round < 3; round += 1)
      expect(forkedFrom(inAnyCausalOrder(events, random)), `seed ${String(seed)}`).toEqual(lowest);
  }
});
