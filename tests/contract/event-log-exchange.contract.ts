import { expect, test } from 'vitest';
import { instant } from '../../shared/base/ids.ts';
import type { Head, LogId, StoredEvent } from '../../shared/log/envelope.ts';
import type { EventLog } from '../../shared/log/event-log.ts';
import { ROOM, signerOf } from '../support/log-fixtures.ts';
import { createRandom } from '../support/random.ts';
import { headOf, pastOf, randomEvents, signOn } from '../support/random-events.ts';
import { inAnyCausalOrder } from '../support/signed-by-hand.ts';
import type { LogUnderTest } from './event-log.contract.ts';

/** What two logs that exchange what the other lacks come to. */
export function exchangeContract(name: string, open: (logId: LogId) => LogUnderTest): void {
  const now = instant(1_000_000);
  const bea = signerOf('bea');

  test(`${name}: who holds nothing lacks all, who holds all lacks nothing`, () => {
    const { log, reopen } = open(ROOM);
    expect(log.lacking([], 0, 10)).toEqual({ events: [], next: null });
    log.receive(randomEvents(ROOM, 30, createRandom(5)), now);
    const events = log.read();
    for (const start of [() => log, reopen]) {
      const each = start();
      expect(each.lacking([], 0, 100)).toEqual({ events, next: null });
      expect(each.lacking([], 0, 30)).toEqual({ events, next: null });
      expect(each.lacking([], 0, 29)).toEqual({ events: events.slice(0, 29), next: 29 });
      expect(each.lacking([], 29, 29)).toEqual({ events: events.slice(29), next: null });
      expect(each.lacking([], 30, 29)).toEqual({ events: [], next: null });
      expect(each.lacking(each.tips(), 0, 100)).toEqual({ events: [], next: null });
    }
  });

  test(`${name}: a tip that is held says what is before it on its branch, one that is not says nothing`, () => {
    const { log } = open(ROOM);
    const b1 = signOn(ROOM, bea, [], 1);
    const b2 = signOn(ROOM, bea, [b1], 2);
    const [left, right] = [signOn(ROOM, bea, [b2], 3, { side: 1 }), signOn(ROOM, bea, [b2], 3, { side: 2 })];
    const third = signOn(ROOM, bea, [b1], 2, { side: 3 });
    log.receive([b1, b2, left, third, right], now);
    const lacking = (...tips: readonly Head[]) => log.lacking(tips, 0, 9).events.map(({ hash }) => hash);
    const all = [b1, b2, left, third, right];
    const without = (...held: readonly StoredEvent[]) =>
      all.filter((event) => !held.includes(event)).map(({ hash }) => hash);
    expect(lacking(headOf(right))).toEqual(without(b1, b2, right));
    expect(lacking(headOf(b2))).toEqual(without(b1, b2));
    expect(lacking(headOf(third))).toEqual(without(b1, third));
    expect(lacking(headOf(third), headOf(left))).toEqual(without(b1, b2, third, left));
    const unknown = signOn(ROOM, bea, [left], 9);
    expect(lacking(headOf(unknown))).toEqual(without());
    expect(lacking(headOf(unknown), headOf(b1))).toEqual(without(b1));
    expect(lacking({ ...headOf(left), seq: 1 }), 'a number that is not its own').toEqual(without());
  });

  test(`${name}: what is lacking is exact, and two logs that exchange it become equal`, () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const random = createRandom(seed);
      const events = randomEvents(ROOM, 1 + Math.floor(random() * (seed % 4 === 0 ? 300 : 60)), random);
      const about = `seed ${String(seed)}`;
      const sides = [open(ROOM), open(ROOM)].map((side) => {
        const tips = events.filter(() => random() < 3 / events.length + 0.01);
        side.log.receive(inAnyCausalOrder(pastOf(events, tips), random), now);
        return random() < 0.3 ? side.reopen() : side.log;
      }) as [EventLog, EventLog];

      for (let question = 0; question < 12; question += 1) {
        const [log] = sides;
        const tips = events.filter(() => random() < 0.05).map(headOf);
        const from = Math.floor(random() * log.length);
        const limit = 1 + Math.floor(random() * 20);
        const expected = lackedOf(log.read(), tips).filter(({ index }) => index >= from);
        const given = log.lacking(tips, from, limit);
        expect(given.events, about).toEqual(expected.slice(0, limit));
        expect(given.next === null, about).toBe(expected.length <= limit);
      }

      const both = new Set(sides.flatMap((log) => log.read().map(({ hash }) => hash)));
      const [one, two] = random() < 0.5 ? sides : [sides[1], sides[0]];
      give(one, two);
      give(two, one);
      expect(one.tips(), about).toEqual(two.tips());
      for (const log of sides) {
        expect(new Set(log.read().map(({ hash }) => hash)), about).toEqual(both);
        expect(log.length, about).toBe(both.size);
      }
      expect(one.lacking(two.tips(), 0, 1), about).toEqual({ events: [], next: null });
    }
  }, 60_000);

  /** In pages, from the tips that the other side had when it asked. */
  function give(from: EventLog, to: EventLog): void {
    const tips = to.tips();
    let next: number | null = 0;
    while (next !== null) {
      const page: ReturnType<EventLog['lacking']> = from.lacking(tips, next, 7);
      to.receive(page.events, now); // where they are ahead of us we cannot know what they hold: some comes twice
      next = page.next;
    }
  }

  /** By the words of the contract: of what is held, whatever no held tip has before it on its author's branch. */
  function lackedOf(held: readonly StoredEvent[], tips: readonly Head[]): readonly StoredEvent[] {
    const byHash = new Map(held.map((event) => [event.hash as string, event]));
    const known = new Set<StoredEvent>();
    for (const tip of tips)
      for (let event = byHash.get(tip.hash); event; event = byHash.get(event.envelope.previous ?? '')) known.add(event);
    return held.filter((event) => !known.has(event));
  }
}
