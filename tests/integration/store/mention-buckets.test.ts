import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { FeedId, instant, WatchQueryId } from '../../../shared/base/ids.ts';
import { isNegative, type Mention } from '../../../shared/domain/mention/mention.ts';
import { createMentionStore } from '../../../src-main/store/mention-store.ts';
import { MENTION_MIGRATIONS } from '../../../src-main/store/migrations/mentions.ts';
import { createRandom, mentionAt, WATCH_QUERY } from '../../support/mention-fixtures.ts';

function open() {
  const db = new Sqlite(':memory:');
  for (const migration of MENTION_MIGRATIONS) db.exec(migration);
  return createMentionStore(db);
}

const request = (from: number, to: number, stepMs: number) => ({
  watchQueryId: WATCH_QUERY,
  from: instant(from),
  to: instant(to),
  stepMs,
  reachCap: 1000,
});

test('counts, negatives and reach of each step and channel; an author counts once, and up to the cap', () => {
  const store = open();
  store.insert([
    mentionAt(10, { channel: 'x', author: '@a', reach: 300, sentiment: -0.5 }),
    mentionAt(11, { channel: 'x', author: '@a', reach: 400, sentiment: 0.5 }),
    mentionAt(12, { channel: 'x', author: '@b', reach: 5000 }),
    mentionAt(13, { channel: 'x', author: null, reach: 1 }),
    mentionAt(14, { channel: 'x', author: null, reach: 2 }),
    mentionAt(15, { channel: 'news', author: '@a', sentiment: -1 }),
    mentionAt(100, { channel: 'x', author: '@a' }),
    mentionAt(101, { channel: 'x', watchQueryId: WatchQueryId.parse('other') }),
  ]);
  expect(store.buckets(request(0, 110, 50))).toEqual([
    { at: 0, channel: 'x', count: 5, negative: 1, withSentiment: 2, reach: 1403 },
    { at: 0, channel: 'news', count: 1, negative: 1, withSentiment: 1, reach: null },
    { at: 100, channel: 'x', count: 1, negative: 0, withSentiment: 0, reach: null },
  ]);
});

test('every step agrees with a plain count, whatever the gaps', () => {
  const random = createRandom(21);
  const mentions: Mention[] = [];
  for (let at = 1000; at < 90_000; at += Math.ceil(random() ** 8 * 9000))
    mentions.push(
      mentionAt(at, { id: `m${at}`, channel: random() < 0.3 ? 'x' : 'news', sentiment: random() < 0.5 ? -1 : null }),
    );
  const store = open();
  store.insert(mentions);
  const [from, to, stepMs] = [500, 80_250, 700];
  const plain = [];
  for (let at = from; at < to; at += stepMs)
    for (const channel of ['x', 'news']) {
      const these = mentions.filter(
        (one) => one.channel === channel && one.observedAt >= at && one.observedAt < Math.min(to, at + stepMs),
      );
      if (these.length > 0) plain.push([at, channel, these.length, these.filter(isNegative).length]);
    }
  const byStepAndChannel = (rows: readonly (readonly unknown[])[]) => rows.map((row) => row.join(' ')).sort();
  const got = store.buckets(request(from, to, stepMs)).map((b) => [b.at, b.channel, b.count, b.negative]);
  expect(byStepAndChannel(got)).toEqual(byStepAndChannel(plain));
});

test('numbers too large to be brought over as one are counted all the same', () => {
  const random = createRandom(5);
  const mentions = Array.from({ length: 600 }, (_, at) =>
    mentionAt(at, {
      channel: `channel-${String(Math.floor(random() * 80))}`,
      author: random() < 0.2 ? null : `@a${String(Math.floor(random() * 9))}`,
      reach: random() < 0.3 ? null : Math.floor(random() * 1_048_570),
      sentiment: random() < 0.4 ? null : Math.round(random() * 20 - 10) / 10,
    }),
  );
  const few = mentions.map((one) => ({ ...one, channel: one.channel.slice(0, -1) }));
  for (const these of [few, mentions]) {
    const store = open();
    store.insert(these);
    const [packed, plain] = [1_048_574, 1_048_575].map((reachCap) =>
      store.buckets({ ...request(0, 600, 200), reachCap }),
    );
    expect(packed).toEqual(plain);
    expect(packed?.reduce((sum, { count }) => sum + count, 0)).toBe(600);
    expect(packed?.reduce((sum, { negative }) => sum + negative, 0)).toBe(these.filter(isNegative).length);
  }
});

test('covered minutes are joined to ranges, of one feed or of all', () => {
  const store = open();
  const [one, other] = [FeedId.parse('one'), FeedId.parse('other')];
  const minute = (number: number) => instant(number * 60_000 + 17);
  for (const number of [1, 2, 3, 3, 7]) store.noteCovered([one], minute(number));
  for (const number of [4, 5]) store.noteCovered([other], minute(number));
  const ranges = (from: number, to: number, feeds: readonly FeedId[] | null) =>
    store
      .coveredRanges(instant(from * 60_000), instant(to * 60_000), feeds)
      .map((r) => [r.from / 60_000, r.to / 60_000]);
  expect(ranges(0, 100, [one])).toEqual([
    [1, 4],
    [7, 8],
  ]);
  expect(ranges(0, 100, null)).toEqual([
    [1, 6],
    [7, 8],
  ]);
  expect(ranges(2, 7, [one])).toEqual([[2, 4]]);
  expect(ranges(8, 20, null)).toEqual([]);
  store.forgetCoveredBefore(minute(7));
  expect(ranges(0, 100, null)).toEqual([[7, 8]]);
});
