import { expect, test } from 'vitest';
import { FeedId, instant, type Instant, WatchQueryId } from '../../../../shared/base/ids.ts';
import type { FeedView } from '../../../../shared/protocol/views.ts';
import { createCoverage } from '../../../../src-main/app/coverage.ts';

const MINUTE = 60_000;
const START = 1_760_000_040_000; // a whole minute
const us = WatchQueryId.parse('us');
const them = WatchQueryId.parse('them');
const press = FeedId.parse('press');
const desk = FeedId.parse('desk');

/** A store of whole minutes in memory, and feeds whose states are set by hand. */
function setUp(bound: Readonly<Record<string, WatchQueryId>> = {}) {
  let now = START;
  let refuses = false;
  const noted = new Map<FeedId, Set<number>>();
  const states = new Map<FeedId, FeedView['state']>();
  const coverage = createCoverage({
    now: () => instant(now),
    attempt(_what, act) {
      try {
        act();
        return true;
      } catch {
        return false;
      }
    },
    feeds: {
      boundTo: (feedId) => bound[feedId] ?? null,
      statuses: () =>
        [...states].map(([feedId, state]) => ({ feedId, state, kind: 'file' }) as Partial<FeedView> as FeedView),
    },
    store: {
      noteCovered(feedIds, minute) {
        if (refuses) throw new Error('the disk is full');
        for (const feedId of feedIds)
          noted.set(feedId, (noted.get(feedId) ?? new Set()).add(Math.floor(minute / MINUTE)));
      },
      coveredRanges(from, to, feedIds) {
        const minutes = [...noted].flatMap(([feedId, own]) => (feedIds?.includes(feedId) === false ? [] : [...own]));
        return [...new Set(minutes)]
          .sort((a, b) => a - b)
          .map((minute) => ({ from: instant(minute * MINUTE), to: instant((minute + 1) * MINUTE) }))
          .filter((range) => range.to > from && range.from < to);
      },
      forgetCoveredBefore: () => undefined,
    },
  });

  /** Seconds go by, each with a look. */
  function pass(seconds: number): void {
    for (let second = 0; second < seconds; second += 1) {
      coverage.tick(instant(now));
      now += 1_000;
    }
    coverage.tick(instant(now));
  }

  return {
    coverage,
    pass,
    jump: (ms: number) => void (now += ms),
    refuse: (yes: boolean) => void (refuses = yes),
    become: (feedId: FeedId, state: FeedView['state']) => void states.set(feedId, state),
    covered: (query: WatchQueryId, ...minutes: number[]) =>
      minutes.map((minute) => coverage.isCovered(query, instant(START + minute * MINUTE + 30_000))),
    now: (): Instant => instant(now),
  };
}

test('while no feed is set up, and before anybody kept notes, nothing is a gap', () => {
  const { coverage, covered, pass, now } = setUp();
  pass(150);
  expect(coverage.isCovered(us, now())).toBe(true);
  expect(covered(us, -1000, 0, 1)).toEqual([true, true, true]);
});

test('a minute is covered when a feed was live for half of it, and a sleeping machine covers nothing', () => {
  const { covered, pass, become, jump } = setUp();
  become(press, 'live');
  pass(60);
  become(press, 'failed');
  pass(35);
  become(press, 'live');
  pass(25 + 60);
  jump(5 * MINUTE);
  pass(60);
  expect(covered(us, 0, 1, 2, 3, 6)).toEqual([true, false, true, false, false]);
});

test('a feed that belongs to another watch query covers nothing of this one', () => {
  const { coverage, covered, pass, become, now } = setUp({ press: us, desk: them });
  become(press, 'live');
  become(desk, 'connecting');
  pass(120);
  expect([coverage.isCovered(us, now()), coverage.isCovered(them, now())]).toEqual([true, false]);
  expect([covered(us, 0), covered(them, 0)]).toEqual([[true], [false]]);
});

test('what a backlog brings fills its gap', () => {
  const { coverage, covered, pass, become, now } = setUp();
  become(press, 'live');
  pass(60);
  become(press, 'failed');
  pass(300);
  expect(covered(us, 1, 3)).toEqual([false, false]);
  coverage.fill(press, instant(START + MINUTE), instant(START + 3 * MINUTE));
  expect(covered(us, 1, 2, 3, 4)).toEqual([true, true, true, false]);
  coverage.fill(press, instant(START + 4 * MINUTE), now());
  expect(covered(us, 4, 5, 6)).toEqual([true, true, false]); // the running minute is as live as its feeds
});

test('what the disk did not take is noted when it does', () => {
  const { covered, pass, become, refuse } = setUp();
  become(press, 'live');
  pass(60);
  refuse(true);
  pass(120);
  refuse(false);
  pass(60);
  expect(covered(us, 0, 1, 2)).toEqual([true, true, true]);
});
