import { expect, test } from 'vitest';
import { instant } from '../../shared/base/ids.ts';
import { verifyChain } from '../../shared/log/chain.ts';
import type { LogId, StoredEvent } from '../../shared/log/envelope.ts';
import { verifyEd25519 } from '../../src-main/identity/ed25519.ts';
import { contextAt, ROOM, signerOf } from '../support/log-fixtures.ts';
import { createMemoryEventLog } from '../support/memory-event-log.ts';
import { headOf, signOn } from '../support/random-events.ts';
import type { LogUnderTest } from './event-log.contract.ts';

/** What a log does with events that others signed, with forks among them. */
export function receivingContract(name: string, open: (logId: LogId) => LogUnderTest): void {
  const note = (text: string) => ({ type: 'NoteTaken', body: { text } });
  const [anna, bea, carl] = [signerOf('anna'), signerOf('bea'), signerOf('carl')];
  const noon = instant(5_000);

  /** Three events by two people, of another host. */
  function elsewhere(): readonly StoredEvent[] {
    const log = createMemoryEventLog(ROOM);
    log.append(bea, [note('b1')], contextAt(100));
    log.append(carl, [note('c1')], contextAt(200));
    log.append(bea, [note('b2')], contextAt(300));
    return log.read();
  }

  test(`${name}: what is received is held as it was signed, with when it arrived, also after reopening`, () => {
    const { log, reopen } = open(ROOM);
    const [own] = log.append(anna, [note('a1')], contextAt(4_000));
    const foreign = elsewhere();
    const received = log.receive(foreign, noon);
    expect(received).toEqual(foreign.map((event, at) => ({ ...event, index: at + 1, arrivedAt: noon })));
    const again = reopen();
    expect(again.read()).toEqual([own, ...received]);
    expect(again.read(2)).toEqual(received.slice(1));
    expect(again.read()[0]).not.toHaveProperty('arrivedAt');
    expect(again.length).toBe(4);
    expect(verifyChain({ log: ROOM, events: again.read(), verifier: verifyEd25519 }).ok).toBe(true);
  });

  test(`${name}: find tells what is held, and nothing of what is not`, () => {
    const { log, reopen } = open(ROOM);
    const [b1, c1, b2] = log.receive(elsewhere(), noon);
    for (const { envelope, hash, index } of [b1, c1, b2].filter((event) => event !== undefined)) {
      const { author, seq, time } = envelope;
      expect(reopen().find(hash)).toEqual({ author, seq, time, index });
    }
    const unknown = signOn(ROOM, anna, [], 1);
    expect(log.find(unknown.hash)).toBeNull();
  });

  test(`${name}: what is held already is passed over, in one call and in the next`, () => {
    const { log, reopen } = open(ROOM);
    const [b1, c1, b2] = elsewhere() as [StoredEvent, StoredEvent, StoredEvent];
    expect(log.receive([], noon)).toEqual([]);
    expect(log.receive([b1, b1], noon).map(({ hash }) => hash)).toEqual([b1.hash]);
    expect(log.receive([c1, b1, b2, c1], instant(6_000)).map(({ hash }) => hash)).toEqual([c1.hash, b2.hash]);
    const again = reopen();
    expect(again.receive([b2, c1], instant(7_000))).toEqual([]);
    expect(again.length).toBe(3);
    const own = again.append(anna, [note('a1')], contextAt(8_000));
    expect(again.receive(own, noon)).toEqual([]);
  });

  test(`${name}: what is late stands where it arrived, and the next own event is after it`, () => {
    const { log } = open(ROOM);
    const [a1] = log.append(anna, [note('a1')], contextAt(4_000));
    const foreign = elsewhere();
    log.receive(foreign, noon);
    expect(log.read().map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    const [a2, a3] = log.append(anna, [note('a2'), note('a3')], contextAt(5_001));
    expect(a2?.envelope).toMatchObject({ seq: 2, previous: a1?.hash, time: { wall: 5_001 } });
    expect(a2?.envelope.seen).toEqual([headOf(foreign.at(-1) as StoredEvent)]);
    expect(a3?.envelope.seen).toEqual([]);
  });

  test(`${name}: own time is above what was received, however slow our clock is`, () => {
    const { log, reopen } = open(ROOM);
    log.receive(elsewhere(), noon);
    const [a1] = reopen().append(anna, [note('a1')], contextAt(1));
    expect(a1?.envelope.time).toEqual({ wall: 300, counter: 1 });
  });

  test(`${name}: one event that does not fit and none is taken in`, () => {
    const { log, reopen } = open(ROOM);
    const [b1, c1, b2] = elsewhere() as [StoredEvent, StoredEvent, StoredEvent];
    const wrong = {
      'its author’s event before it is missing': [c1, b2],
      'the other log': [b1, signOn('workspace', carl, [], 10)],
      'a parent that comes behind it': [b1, b2, c1],
      'a number that does not follow': [b1, { ...b2, envelope: { ...b2.envelope, seq: 3, seen: [] } }],
      'a time not above its parents’': [b1, { ...b2, envelope: { ...b2.envelope, seen: [], time: b1.envelope.time } }],
    };
    for (const [why, events] of Object.entries(wrong)) {
      expect(() => log.receive(events, noon), why).toThrow(/fit/);
      expect([log.length, log.tips()], why).toEqual([0, []]);
    }
    const again = reopen();
    expect(again.length).toBe(0);
    expect(again.receive([b1, c1, b2], noon)).toHaveLength(3);
  });

  test(`${name}: a disk that refuses one of them leaves none, and the same can be received when there is room`, () => {
    const { log, reopen, refuseFrom } = open(ROOM);
    const [a1] = log.append(anna, [note('a1')], contextAt(1));
    const foreign = elsewhere();
    refuseFrom(2);
    expect(() => log.receive(foreign, noon)).toThrow();
    expect(log.length).toBe(1);
    expect(log.find(foreign[0]?.hash as never)).toBeNull();
    expect(log.read()).toEqual([a1]);
    const [a2] = log.append(anna, [note('a2')], contextAt(400));
    expect(a2?.envelope.seen).toEqual([]);
    refuseFrom(null);
    expect(log.receive(foreign, noon).map(({ index }) => index)).toEqual([2, 3, 4]);
    const events = log.read();
    expect(reopen().read()).toEqual(events);
  });

  test(`${name}: both branches of a fork are held; the head is on the one that was met first`, () => {
    const { log, reopen } = open(ROOM);
    const b1 = signOn(ROOM, bea, [], 100);
    const [left, right] = [signOn(ROOM, bea, [b1], 110, { side: 1 }), signOn(ROOM, bea, [b1], 110, { side: 2 })];
    const longer = signOn(ROOM, bea, [right], 120);
    log.receive([b1, left, right, longer], noon);
    for (const start of [() => log, reopen]) {
      const each = start();
      expect(each.read().map(({ hash }) => hash)).toEqual([b1, left, right, longer].map(({ hash }) => hash));
      expect(each.heads()).toEqual([headOf(left)]);
      const tips = [headOf(left), headOf(longer)].sort((a, b) => (a.hash < b.hash ? -1 : 1));
      expect(each.tips()).toEqual(tips);
    }
    const all = log.tips();
    const [a1] = reopen().append(anna, [note('a1')], contextAt(200));
    expect(a1?.envelope.seen.map(({ hash }) => hash).sort()).toEqual([left.hash, longer.hash].sort());
    const other = open(ROOM);
    other.log.receive([b1, right, longer, left], noon);
    expect(other.log.heads()).toEqual([headOf(longer)]);
    expect(other.log.tips()).toEqual(all);
  });

  test(`${name}: a fork at an author's very first event, and one on a branch`, () => {
    const { log, reopen } = open(ROOM);
    const [one, two] = [signOn(ROOM, bea, [], 100, { root: 1 }), signOn(ROOM, bea, [], 100, { root: 2 })];
    const [up, down] = [signOn(ROOM, bea, [two], 110, { side: 1 }), signOn(ROOM, bea, [two], 110, { side: 2 })];
    log.receive([one, two, up, down], noon);
    const tips = [one, up, down].map(headOf).sort((a, b) => (a.hash < b.hash ? -1 : 1));
    expect(reopen().tips()).toEqual(tips);
    expect(log.heads()).toEqual([headOf(one)]);
  });

  test(`${name}: an author who forked signs nothing more here, and the others go on`, () => {
    const { log, reopen } = open(ROOM);
    const [a1, a2] = log.append(anna, [note('a1'), note('a2')], contextAt(100)) as [StoredEvent, StoredEvent];
    const copied = signOn(ROOM, anna, [a1], 150);
    log.receive([copied], noon);
    for (const start of [() => log, reopen]) {
      const each = start();
      expect(() => each.append(anna, [note('a3')], contextAt(5_000))).toThrow(/forked/);
      expect(each.length).toBe(3);
    }
    const again = reopen();
    const [b1] = again.append(bea, [note('b1')], contextAt(5_001));
    expect(b1?.envelope.seen.map(({ hash }) => hash).sort()).toEqual([a2.hash, copied.hash].sort());
  });

  test(`${name}: an own event that comes back from others is gone on from, with all that its author may not have seen`, () => {
    const { log, reopen } = open(ROOM);
    const [a1] = log.append(anna, [note('a1')], contextAt(100)) as [StoredEvent];
    const [b1] = log.append(bea, [note('b1')], contextAt(110)) as [StoredEvent];
    const lost = signOn(ROOM, anna, [a1], 105);
    log.receive([lost], noon);
    const [a3] = reopen().append(anna, [note('a3')], contextAt(120));
    expect(a3?.envelope).toMatchObject({ seq: 3, previous: lost.hash, seen: [headOf(b1)] });
  });

  test(`${name}: somebody who forks without end makes our events no larger than they may be; nothing is left out`, () => {
    const { log, reopen } = open(ROOM);
    const branches = Array.from({ length: 600 }, (_, n) => signOn(ROOM, bea, [], 100 + n));
    log.receive(branches, noon);
    const again = reopen();
    const named = new Set<string>();
    for (let turn = 0; turn < 4; turn += 1) {
      const [event] = again.append(anna, [note(String(turn))], contextAt(5_000 + turn));
      expect(event?.envelope.seen.length).toBeLessThanOrEqual(300);
      event?.envelope.seen.forEach(({ hash }) => named.add(hash));
    }
    expect(named.size).toBe(600);
  });

  test(`${name}: adopted events may fork, are not hashed into a second copy, and their arrival is not told on`, () => {
    const workspace = open('workspace').log;
    const w1 = signOn('workspace', bea, [], 100);
    const [left, right] = [signOn('workspace', bea, [w1], 110), signOn('workspace', bea, [w1], 111)];
    workspace.receive([w1, left, right], noon);
    const { log, reopen } = open(ROOM);
    log.adopt(workspace.read());
    log.adopt([...workspace.read()].reverse());
    log.adopt([w1, left, right].map(({ envelope, body, salt }) => ({ envelope, body, salt })));
    const adopted = [w1, left, right].map((event, index) => ({ ...event, index }));
    expect(log.readWorkspace()).toEqual(adopted);
    expect(reopen().readWorkspace()).toEqual(adopted);
    expect(workspace.readWorkspace().map(({ arrivedAt }) => arrivedAt)).toEqual([noon, noon, noon]);
  });
}
