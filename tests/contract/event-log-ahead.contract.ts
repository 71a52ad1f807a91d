import { expect, test } from 'vitest';
import { instant } from '../../shared/base/ids.ts';
import type { LogId, StoredEvent } from '../../shared/log/envelope.ts';
import {
  compareTime,
  isAhead,
  laterTime,
  MOST_AHEAD_MS,
  nextTime,
  type HybridTime,
} from '../../shared/log/hybrid-time.ts';
import { contextAt, ROOM, signerOf } from '../support/log-fixtures.ts';
import { createRandom } from '../support/random.ts';
import { headOf, pastOf, randomEvents, signOn } from '../support/random-events.ts';
import type { LogUnderTest } from './event-log.contract.ts';

/** What a log does with times that are further ahead than clocks may differ, and what it names as seen. */
export function aheadContract(name: string, open: (logId: LogId) => LogUnderTest): void {
  const note = (text: string) => ({ type: 'NoteTaken', body: { text } });
  const [anna, bea, carl] = [signerOf('anna'), signerOf('bea'), signerOf('carl')];
  const now = 1_000_000;
  const far = now + MOST_AHEAD_MS + 1;

  test(`${name}: up to five minutes ahead is followed; a millisecond more is held, not named, and moves no clock`, () => {
    const { log } = open(ROOM);
    const near = signOn(ROOM, bea, [], far - 1);
    const ahead = signOn(ROOM, carl, [], far);
    log.receive([near, ahead], instant(now));
    expect(log.tips()).toHaveLength(2);
    const [a1] = log.append(anna, [note('a1')], contextAt(now));
    expect(a1?.envelope.seen).toEqual([headOf(near)]);
    expect(a1?.envelope.time).toEqual({ wall: far - 1, counter: 1 });
  });

  test(`${name}: of an author whose newest is ahead the newest that is not is named; the rest when the clock is near`, () => {
    const { log, reopen } = open(ROOM);
    const b1 = signOn(ROOM, bea, [], now - 5);
    const b2 = signOn(ROOM, bea, [b1], now - 4);
    const b3 = signOn(ROOM, bea, [b2], far);
    const c1 = signOn(ROOM, carl, [b3], far + 10);
    log.receive([b1, b2, b3, c1], instant(now));
    const [a1] = log.append(anna, [note('a1')], contextAt(now));
    expect(a1?.envelope).toMatchObject({ time: { wall: now, counter: 0 }, seen: [headOf(b2)] });
    const [a2] = reopen().append(anna, [note('a2')], contextAt(now + 1));
    expect(a2?.envelope.seen).toEqual([headOf(b3)]);
    const again = reopen();
    const [a3] = again.append(anna, [note('a3')], contextAt(now + 2));
    expect(a3?.envelope.seen).toEqual([]);
    const [a4] = again.append(anna, [note('a4')], contextAt(now + 11));
    expect(a4?.envelope.seen).toEqual([headOf(c1)]);
    expect(a4?.envelope.time).toEqual({ wall: far + 10, counter: 1 });
  });

  test(`${name}: what is ahead is judged when something is signed, not when the log is opened or the event arrives`, () => {
    const { log, reopen } = open(ROOM);
    const b1 = signOn(ROOM, bea, [], far);
    log.receive([b1], instant(far)); // our own clock was wrong then
    const [a1] = reopen().append(anna, [note('a1')], contextAt(now));
    expect(a1?.envelope).toMatchObject({ time: { wall: now }, seen: [] });
    const [a2] = reopen().append(anna, [note('a2')], contextAt(far));
    expect(a2?.envelope.seen).toEqual([headOf(b1)]);
  });

  test(`${name}: what was signed here is never ahead of us, also when the clock has been set back since`, () => {
    const { log, reopen } = open(ROOM);
    const [a1] = log.append(anna, [note('a1')], contextAt(far * 2));
    const between = signOn(ROOM, carl, [], far);
    const [b1] = reopen().append(bea, [note('b1')], contextAt(now));
    expect(b1?.envelope).toMatchObject({ time: { wall: far * 2, counter: 1 }, seen: [{ hash: a1?.hash }] });
    const again = reopen();
    again.receive([between], instant(now));
    const [a2] = again.append(anna, [note('a2')], contextAt(now));
    expect(a2?.envelope.seen.map(({ hash }) => hash).sort()).toEqual([b1?.hash, between.hash].sort());
    expect(a2?.envelope.time).toEqual({ wall: far * 2, counter: 2 });
  });

  test(`${name}: an adopted event that is ahead does not raise our time until the clock has come near`, () => {
    const workspace = open('workspace').log;
    workspace.receive([signOn('workspace', bea, [], far)], instant(now));
    const { log, reopen } = open(ROOM);
    log.adopt(workspace.read());
    const [a1] = log.append(anna, [note('a1')], contextAt(now));
    expect(a1?.envelope.time).toEqual({ wall: now, counter: 0 });
    const [a2] = reopen().append(anna, [note('a2')], contextAt(now + 1));
    expect(a2?.envelope.time).toEqual({ wall: far, counter: 1 });
  });

  test(`${name}: nothing is named that something else named, or the author itself, has seen`, () => {
    const { log } = open(ROOM);
    const b1 = signOn(ROOM, bea, [], 10);
    const c1 = signOn(ROOM, carl, [b1], 20);
    log.receive([b1, c1], instant(now));
    const [a1] = log.append(anna, [note('a1')], contextAt(now));
    expect(a1?.envelope.seen).toEqual([headOf(c1)]);
    const c2 = signOn(ROOM, carl, [c1, a1 as StoredEvent], now + 5);
    log.receive([c2], instant(now + 10));
    const [a2] = log.append(anna, [note('a2')], contextAt(now + 10));
    expect(a2?.envelope.seen).toEqual([headOf(c2)]);
  });

  test(`${name}: own events have all in their past that was here and not ahead, name no more than that takes, and stand above it`, () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const random = createRandom(seed);
      const under = open(ROOM);
      let log = under.log;
      const foreign = withClocksAhead(random);
      const locals = [signerOf('local one'), signerOf('local two')];
      let clock = 1_000;
      let ours: HybridTime | null = null;
      for (let at = 0; at < foreign.length;) {
        const until = at + Math.floor(random() * 6);
        log.receive(foreign.slice(at, until), instant(clock));
        at = until;
        clock = Math.max(1, clock + Math.floor((random() - 0.3) * 400_000));
        if (random() < 0.2) log = under.reopen();
        const signer = locals[random() < 0.5 ? 0 : 1];
        if (!signer || random() < 0.4) continue;
        const held = log.read();
        const near = held.filter(({ envelope: { time } }) => !isAhead(time, instant(clock)) || isUpTo(time, ours));
        const events = log.append(signer, [note(String(at))], contextAt(clock));
        const [event] = events as [StoredEvent];
        const about = `seed ${String(seed)}, event ${String(event.index)}`;
        const past = pastOf(held, [event]).filter((one) => one !== event);
        expect(hashes(past), about).toEqual(hashes(near));
        const last = near.reduce<HybridTime | null>((latest, { envelope }) => laterTime(latest, envelope.time), null);
        expect(event.envelope.time, about).toEqual(nextTime(instant(clock), last));
        const parents = held.filter(({ hash }) => isParent(event, hash));
        for (const parent of parents) {
          const others = parents.filter((other) => other !== parent);
          const isNamedForNothing = pastOf(held, others).includes(parent) && parent.hash !== event.envelope.previous;
          expect(isNamedForNothing, about).toBe(false);
        }
        ours = event.envelope.time;
      }
    }
  }, 60_000);

  /** Events of others, of which some authors' clocks leap. */
  function withClocksAhead(random: () => number): readonly StoredEvent[] {
    const events: StoredEvent[] = [];
    const plain = randomEvents(ROOM, 60, random);
    const made = new Map<string, StoredEvent>();
    let clock = 1_000;
    for (const { envelope, hash } of plain) {
      const signer = ['anna', 'bea', 'carl', 'dora']
        .map(signerOf)
        .find(({ publicKey }) => publicKey === envelope.author);
      const parents = [envelope.previous, ...envelope.seen.map((head) => head.hash)].flatMap((one) => {
        const parent = one === null ? undefined : made.get(one);
        return parent ? [parent] : [];
      });
      clock += Math.floor(random() * 30_000);
      if (!signer) continue;
      const leap = random() < 0.1 ? Math.floor(random() * 4 * MOST_AHEAD_MS) : 0;
      const event = signOn(ROOM, signer, parents, clock + leap, { of: hash });
      made.set(hash, event);
      events.push(event);
    }
    return events;
  }
}

function isUpTo(time: HybridTime, ours: HybridTime | null): boolean {
  return ours !== null && compareTime(time, ours) <= 0;
}

function isParent({ envelope: { previous, seen } }: StoredEvent, hash: string): boolean {
  return previous === hash || seen.some((head) => head.hash === hash);
}

function hashes(events: readonly StoredEvent[]): readonly string[] {
  return events.map(({ hash }) => hash).sort();
}
