import { describe, expect, it } from 'vitest';
import type { PublicKeyHex, Sha256Hex } from '../../../../shared/base/ids.ts';
import { backOffMs, seldomMs } from '../../../../src-main/replica/back-off.ts';
import { createConduct } from '../../../../src-main/replica/conduct.ts';
import { createHoldings, lackingCount, type Tip } from '../../../../src-main/replica/holdings.ts';
import { createSayAgain } from '../../../../src-main/replica/say-again.ts';
import { createWaitingStore } from '../../../../src-main/replica/waiting.ts';
import { createFakeTime } from '../../../fuzz/fake-time.ts';
import { createRandom } from '../../../support/random.ts';

const A = 'a'.repeat(64) as PublicKeyHex;
const B = 'b'.repeat(64) as PublicKeyHex;

describe('what waits', () => {
  const limits = { waitingPerPeer: 3, waitingBytesPerPeer: 100, waitingInAll: 5, waitingBytesInAll: 1_000 };
  const item = (sender: PublicKeyHex, key: string, bytes = 10, on = 'x') => ({ sender, key, on, bytes, item: key });

  it('is dropped, the sender’s own oldest first, by count and by bytes', () => {
    const store = createWaitingStore<string>(limits);
    for (const key of ['1', '2', '3']) expect(store.add(item(A, key))).toEqual([]);
    expect(store.add(item(A, '4')).map(({ key }) => key)).toEqual(['1']);
    expect(store.add(item(A, '5', 95)).map(({ key }) => key)).toEqual(['2', '3', '4']);
    expect([store.count(A), store.bytes]).toEqual([1, 95]);
    expect(store.add(item(A, '6', 200)).map(({ key }) => key)).toEqual(['5', '6']);
    expect([store.count(), store.bytes]).toEqual([0, 0]);
  });

  it('in all is paid by whoever has most there', () => {
    const store = createWaitingStore<string>(limits);
    for (const key of ['1', '2', '3']) store.add(item(A, key, 30));
    store.add(item(B, '4'));
    store.add(item(B, '5'));
    expect(store.add(item(B, '6')).map(({ sender, key }) => [sender, key])).toEqual([[A, '1']]);
    expect([store.count(A), store.count(B)]).toEqual([2, 3]);
  });

  it('is one for one key of one sender, and goes when it is released or its sender is', () => {
    const store = createWaitingStore<string>(limits);
    store.add(item(A, '1', 10, 'x'));
    store.add(item(A, '1', 10, 'x'));
    store.add(item(B, '1', 10, 'x'));
    store.add(item(A, '2', 10, 'y'));
    expect(store.release('x').map(({ sender }) => sender)).toEqual([A, B]);
    expect([...store.awaited()]).toEqual(['y']);
    store.forget(A);
    expect([store.count(), store.bytes, [...store.awaited()]]).toEqual([0, 0, []]);
  });
});

describe('the conduct of a host', () => {
  it('is forgiven when it is long ago, and punished longer each time', () => {
    const time = createFakeTime();
    const limits = { mostBad: 10, badWithinMs: 1_000, quarantineMs: 100, longestQuarantineMs: 350 };
    const conduct = createConduct({ clock: time.clock, limits });
    expect(conduct.charge(A, 9)).toBe(false);
    time.pass(1_001);
    expect(conduct.charge(A, 9)).toBe(false);
    const lengths = [0, 0, 0, 0].map(() => {
      expect(conduct.charge(A, 10)).toBe(true);
      const until = conduct.quarantined()[0]?.until ?? 0;
      const length = until - time.clock.now();
      time.pass(length);
      expect(conduct.isQuarantined(A)).toBe(false);
      return length;
    });
    expect(lengths).toEqual([100, 200, 350, 350]);
    expect([conduct.bad(A), conduct.bad(B), conduct.isQuarantined(B)]).toEqual([58, 0, false]);
  });
});

describe('what a peer is taken to hold', () => {
  const tip = (author: PublicKeyHex, place: number, name: string): Tip => ({ author, place, hash: name as Sha256Hex });
  const heldIn =
    (...names: string[]) =>
    (one: Tip): boolean =>
      names.includes(one.hash);

  it('is all of ours of an author of whom it has more, until more is known', () => {
    const holdings = createHoldings();
    holdings.say([tip(A, 9, 'a9')]);
    expect(holdings.assumed([tip(A, 5, 'a5'), tip(B, 2, 'b2')], heldIn('a5', 'b2'))).toEqual([tip(A, 5, 'a5')]);
    expect(holdings.hasDoubt([tip(A, 5, 'a5')], heldIn('a5'))).toBe(false);
    const forked = [tip(A, 5, 'a5'), tip(A, 9, 'a9')];
    expect(holdings.hasDoubt(forked, heldIn('a5', 'a9'))).toBe(true);
    expect(holdings.hasDoubt(forked, heldIn('a5', 'a9'))).toBe(false);
    expect(holdings.assumed(forked, heldIn('a5', 'a9'))).toEqual([tip(A, 9, 'a9')]);
  });

  it('is not ours where its end is another and not above: it has forked', () => {
    const holdings = createHoldings();
    holdings.say([tip(A, 5, 'other')]);
    expect(holdings.assumed([tip(A, 5, 'a5')], heldIn('a5'))).toEqual([tip(A, 5, 'other')]);
  });

  it('grows by what it sends', () => {
    const holdings = createHoldings();
    holdings.say([tip(A, 1, 'a1')]);
    holdings.note(tip(A, 2, 'a2'), 'a1' as Sha256Hex);
    holdings.note(tip(B, 1, 'b1'), null);
    expect(holdings.tips()).toEqual([tip(A, 2, 'a2'), tip(B, 1, 'b1')]);
    expect(lackingCount(holdings.tips(), [tip(A, 7, 'a7'), tip(B, 1, 'b1')], () => false)).toBe(5);
  });
});

describe('what may be said again', () => {
  it('is said at once, then at most once in its time, and not for ever while nothing changes', () => {
    const time = createFakeTime();
    const said: string[] = [];
    const again = createSayAgain({ ...time, everyMs: 1_000, say: (key) => void said.push(key) });
    again.ask('one', 'same');
    again.ask('one', 'same');
    again.ask('other', 'same');
    expect(said).toEqual(['one', 'other']);
    for (let times = 0; times < 10; times += 1) {
      time.pass(1_000);
      again.ask('one', 'same');
    }
    expect(said.filter((key) => key === 'one')).toHaveLength(3);
    again.ask('one', 'changed');
    time.pass(1_000);
    expect(said.filter((key) => key === 'one')).toHaveLength(4);
    again.ask('one', 'changed');
    again.stop();
    expect(time.waiting()).toBe(0);
  });
});

describe('coming back', () => {
  it('waits longer each time up to a limit, never not at all, and not all at the same moment', () => {
    const random = createRandom(7);
    const waits = Array.from({ length: 40 }, (_, failures) => backOffMs(failures, random));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
    expect(Math.max(...waits.slice(0, 2))).toBeLessThanOrEqual(2_000);
    expect(new Set(waits).size).toBeGreaterThan(30);
    expect(seldomMs(() => 0)).toBeGreaterThan(30_000);
  });
});
