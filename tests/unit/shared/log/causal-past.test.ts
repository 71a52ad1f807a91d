import { expect, test } from 'vitest';
import { createCausalGraph, type CausalGraph, type Past } from '../../../../shared/log/causal-past.ts';
import type { StoredEvent } from '../../../../shared/log/envelope.ts';
import { ROOM, signerOf } from '../../../support/log-fixtures.ts';
import { createRandom } from '../../../support/random.ts';
import { headOf, pastOf, randomEvents, signOn } from '../../../support/random-events.ts';
import { inAnyCausalOrder } from '../../../support/signed-by-hand.ts';

function graphOf(events: readonly StoredEvent[]): CausalGraph {
  const graph = createCausalGraph();
  for (const event of events) graph.add(event);
  return graph;
}

function heldBy(past: Past, events: readonly StoredEvent[]): ReadonlySet<string> {
  return new Set(events.filter(({ hash }) => past.has(hash)).map(({ hash }) => hash));
}

function setOf(events: readonly StoredEvent[]): ReadonlySet<string> {
  return new Set(events.map(({ hash }) => hash));
}

test('an empty past holds nothing, and joins to what it is joined with', () => {
  const a1 = signOn(ROOM, signerOf('anna'), [], 1);
  const graph = graphOf([a1]);
  expect(graph.nothing.size).toBe(0);
  expect(graph.nothing.has(a1.hash)).toBe(false);
  const whole = graph.upTo([a1]);
  expect([graph.join(graph.nothing, whole), graph.join(whole, graph.nothing)]).toEqual([whole, whole]);
  expect(graph.before(a1.hash)).toBe(graph.nothing);
});

test('heads that are not there count for nothing; an event that is not there has no past', () => {
  const [a1, b1] = [signOn(ROOM, signerOf('anna'), [], 1), signOn(ROOM, signerOf('bea'), [], 1)];
  const graph = graphOf([a1]);
  expect(graph.upTo([b1])).toBe(graph.nothing);
  expect(graph.upTo([a1, b1]).size).toBe(1);
  expect(() => graph.before(b1.hash)).toThrow();
});

test('an event twice is one event', () => {
  const a1 = signOn(ROOM, signerOf('anna'), [], 1);
  const a2 = signOn(ROOM, signerOf('anna'), [a1], 2);
  expect(graphOf([a1, a2, a1, a2]).upTo([a2]).size).toBe(2);
});

test('branches of a fork keep apart', () => {
  const bea = signerOf('bea');
  const b1 = signOn(ROOM, bea, [], 1);
  const [left, right] = [signOn(ROOM, bea, [b1], 2, { side: 1 }), signOn(ROOM, bea, [b1], 2, { side: 2 })];
  const longer = signOn(ROOM, bea, [right], 3);
  const third = signOn(ROOM, bea, [right], 3, { side: 3 });
  const events = [b1, left, right, longer, third];
  const graph = graphOf(events);
  expect(heldBy(graph.upTo([longer]), events)).toEqual(setOf([b1, right, longer]));
  expect(heldBy(graph.upTo([third]), events)).toEqual(setOf([b1, right, third]));
  expect(heldBy(graph.upTo([left]), events)).toEqual(setOf([b1, left]));
  expect(heldBy(graph.upTo([left, third]), events)).toEqual(setOf([b1, left, right, third]));
});

test('every past, and every join of two, is what following the parents gives', () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const random = createRandom(seed);
    const events = inAnyCausalOrder(randomEvents(ROOM, 50, random), random);
    const graph = graphOf(events);
    const about = `seed ${String(seed)}`;
    const keys = new Map<string, string>();
    for (const event of events) {
      const expected = pastOf(events, [event]).filter((one) => one !== event);
      const past = graph.before(event.hash);
      expect(heldBy(past, events), about).toEqual(setOf(expected));
      expect(past.size, about).toBe(expected.length);
      const set = [...setOf(expected)].sort().join();
      expect(keys.get(past.key) ?? set, about).toBe(set);
      keys.set(past.key, set);
    }
    expect(new Set(keys.values()).size, about).toBe(keys.size);
    for (let round = 0; round < 20; round += 1) {
      const [some, others] = [events.filter(() => random() < 0.05), events.filter(() => random() < 0.05)];
      const joined = graph.join(graph.upTo(some.map(headOf)), graph.upTo(others.map(headOf)));
      const expected = pastOf(events, [...some, ...others]);
      expect(heldBy(joined, events), about).toEqual(setOf(expected));
      expect(joined.size, about).toBe(expected.length);
      expect(joined, about).toBe(graph.upTo([...others, ...some].map(headOf)));
    }
  }
});
