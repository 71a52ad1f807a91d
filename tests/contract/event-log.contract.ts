import { expect, test } from 'vitest';
import { verifyChain } from '../../shared/log/chain.ts';
import type { LogId } from '../../shared/log/envelope.ts';
import type { EventLog } from '../../shared/log/event-log.ts';
import { compareTime } from '../../shared/log/hybrid-time.ts';
import { verifyEd25519 } from '../../src-main/identity/ed25519.ts';
import { contextAt, ROOM, signerOf } from '../support/log-fixtures.ts';
import { aheadContract } from './event-log-ahead.contract.ts';
import { exchangeContract } from './event-log-exchange.contract.ts';
import { receivingContract } from './event-log-receiving.contract.ts';

export interface LogUnderTest {
  readonly log: EventLog;
  /** The same log as a later start would find it. */
  readonly reopen: () => EventLog;
  /** From now on the disk refuses the event that would get this index or a higher one; null: none. */
  readonly refuseFrom: (index: number | null) => void;
}

/** What every event log keeps. `open` gives an empty log. */
export function eventLogContract(name: string, open: (logId: LogId) => LogUnderTest): void {
  receivingContract(name, open);
  aheadContract(name, open);
  exchangeContract(name, open);

  const note = (text: string) => ({ type: 'NoteTaken', body: { text } });
  const [anna, bea] = [signerOf('anna'), signerOf('bea')];

  test(`${name}: a new log is empty`, () => {
    const { log } = open(ROOM);
    expect(log.length).toBe(0);
    expect(log.heads()).toEqual([]);
    expect(log.read()).toEqual([]);
    expect(log.readWorkspace()).toEqual([]);
  });

  test(`${name}: append returns what read gives, in order, with indexes from 0`, () => {
    const { log, reopen } = open(ROOM);
    const first = log.append(anna, [note('a'), note('b')], contextAt(10));
    const second = log.append(bea, [note('c')], contextAt(20));
    expect(first.map((event) => event.index)).toEqual([0, 1]);
    expect(second.map((event) => event.index)).toEqual([2]);
    expect(log.read()).toEqual([...first, ...second]);
    expect(log.read(2)).toEqual(second);
    expect(log.read(3)).toEqual([]);
    expect(reopen().read()).toEqual([...first, ...second]);
  });

  test(`${name}: no drafts append nothing`, () => {
    const { log } = open(ROOM);
    expect(log.append(anna, [], contextAt(10))).toEqual([]);
    expect(log.length).toBe(0);
  });

  test(`${name}: every author counts from 1 and names the event before; the chain verifies`, () => {
    const { log, reopen } = open(ROOM);
    for (let turn = 0; turn < 9; turn += 1)
      log.append(turn % 3 === 0 ? anna : bea, [note(String(turn))], contextAt(turn));
    const events = reopen().read();
    expect(
      events.filter((event) => event.envelope.author === anna.publicKey).map((event) => event.envelope.seq),
    ).toEqual([1, 2, 3]);
    expect(verifyChain({ log: ROOM, events, verifier: verifyEd25519 })).toEqual({ ok: true, value: events });
  });

  test(`${name}: seen names the others' heads that changed since the author's own last event, also after reopening`, () => {
    const { log, reopen } = open(ROOM);
    log.append(anna, [note('a1')], contextAt(1));
    const [b1, b2] = log.append(bea, [note('b1'), note('b2')], contextAt(2));
    const again = reopen();
    const [a2, a3] = again.append(anna, [note('a2'), note('a3')], contextAt(3));
    expect(b1?.envelope.seen.map((head) => head.seq)).toEqual([1]);
    expect(b2?.envelope.seen).toEqual([]);
    expect(a2?.envelope.seen).toEqual([{ author: bea.publicKey, seq: 2, hash: b2?.hash }]);
    expect(a3?.envelope.seen).toEqual([]);
  });

  test(`${name}: workspace heads are named once by each author, and again when they change`, () => {
    const workspace = open('workspace').log;
    workspace.append(anna, [{ type: 'WorkspaceFounded', body: {} }], contextAt(1));
    const { log, reopen } = open(ROOM);
    const before = workspace.heads();
    const [one] = log.append(anna, [note('1')], contextAt(2, before));
    const [two] = reopen().append(anna, [note('2')], contextAt(3, before));
    expect(one?.envelope.workspace).toEqual(before);
    expect(two?.envelope.workspace).toEqual([]);
    workspace.append(anna, [{ type: 'KeyAdded', body: {} }], contextAt(4));
    const [three] = reopen().append(anna, [note('3')], contextAt(5, workspace.heads()));
    expect(three?.envelope.workspace).toEqual(workspace.heads());
  });

  test(`${name}: time rises although the clock stands still or runs back`, () => {
    const { log, reopen } = open(ROOM);
    log.append(anna, [note('a'), note('b')], contextAt(5_000));
    const later = reopen();
    later.append(bea, [note('c')], contextAt(4_000));
    later.append(anna, [note('d')], contextAt(6_000));
    const times = later.read().map((event) => event.envelope.time);
    expect(times).toEqual([
      { wall: 5_000, counter: 0 },
      { wall: 5_000, counter: 1 },
      { wall: 5_000, counter: 2 },
      { wall: 6_000, counter: 0 },
    ]);
    for (const [index, time] of times.slice(1).entries())
      expect(compareTime(times[index] ?? time, time)).toBeLessThan(0);
  });

  test(`${name}: adopted workspace events are kept once, apart from the log's own, and below its time`, () => {
    const workspace = open('workspace').log;
    workspace.append(
      anna,
      [
        { type: 'WorkspaceFounded', body: {} },
        { type: 'KeyAdded', body: {} },
      ],
      contextAt(9_000),
    );
    const { log, reopen } = open(ROOM);
    log.adopt(workspace.read());
    log.adopt(workspace.read());
    expect(log.length).toBe(0);
    expect(reopen().readWorkspace()).toEqual(workspace.read());
    expect(workspace.readWorkspace()).toEqual(workspace.read());
    const [event] = reopen().append(bea, [note('a')], contextAt(1, workspace.heads()));
    expect(event?.envelope.time).toEqual({ wall: 9_000, counter: 2 });
  });

  test(`${name}: a disk that refuses one of several events leaves none of them, and the log as it was`, () => {
    const { log, reopen, refuseFrom } = open(ROOM);
    const [first] = log.append(anna, [note('first')], contextAt(1));
    refuseFrom(2);
    expect(() => log.append(bea, [note('a'), note('b')], contextAt(2))).toThrow();
    expect([log.length, log.tips()]).toEqual([1, log.heads()]);
    refuseFrom(null);
    const [next] = log.append(bea, [note('c')], contextAt(3));
    expect(next?.envelope).toMatchObject({ seq: 1, seen: [{ hash: first?.hash }] });
    expect(reopen().read()).toEqual([first, next]);
  });

  test(`${name}: a body that JSON cannot say is refused and leaves nothing`, () => {
    const { log } = open(ROOM);
    const drafts = [note('fine'), note('\ud83d')];
    expect(() => log.append(anna, drafts, contextAt(1))).toThrow();
    expect(log.length).toBe(0);
    expect(log.append(anna, [note('next')], contextAt(2))[0]?.envelope.seq).toBe(1);
  });
}
