import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import { inCausalOrder, parentHashes, type OrderedEvent } from '../../../../shared/log/order.ts';
import { sampleRoom } from '../../../support/log-fixtures.ts';

const { roomEvents } = sampleRoom(12);

test('any arrival order gives the same order, parents first', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...roomEvents], { minLength: roomEvents.length }), (shuffled) => {
      expect(inCausalOrder(shuffled).ordered).toEqual(roomEvents);
    }),
    { seed: 3, numRuns: 50 },
  );
});

test('concurrent events go by time, then author', () => {
  const event = (author: string, wall: number): OrderedEvent =>
    ({
      hash: `${author}${String(wall)}`,
      envelope: { author, seq: 1, previous: null, seen: [], time: { wall: instant(wall), counter: 0 } },
    }) as never;
  const [a, b, c] = [event('a', 5), event('b', 5), event('c', 1)];
  expect(inCausalOrder([b, a, c]).ordered).toEqual([c, a, b]);
});

test('what misses a parent waits, and so does everything after it', () => {
  const missing = roomEvents[3]!;
  const { ordered, waiting, notAboveParents } = inCausalOrder(roomEvents.filter((event) => event !== missing));
  expect(ordered).toEqual(roomEvents.slice(0, 3));
  expect(waiting).toEqual(roomEvents.slice(4));
  expect(notAboveParents).toEqual([]);
});

test('an event whose time is not above all its parents is invalid, and what stands on it waits', () => {
  const late = roomEvents[4]!;
  const wrong = { ...late, envelope: { ...late.envelope, time: roomEvents[3]!.envelope.time } };
  const { ordered, waiting, notAboveParents } = inCausalOrder(
    roomEvents.map((event) => (event === late ? wrong : event)),
  );
  expect(notAboveParents).toEqual([wrong]);
  expect(ordered).toEqual(roomEvents.slice(0, 4));
  expect(waiting).toEqual(roomEvents.slice(5));
  expect(parentHashes(wrong.envelope)).toContain(roomEvents[3]!.hash);
});

test('the same event twice counts once', () => {
  expect(inCausalOrder([...roomEvents, ...roomEvents]).ordered).toEqual(roomEvents);
});
