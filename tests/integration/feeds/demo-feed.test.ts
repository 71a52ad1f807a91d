import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDemoFeed } from '../../../src-main/feeds/demo/demo-feed.ts';
import { createFeedStore } from '../../support/feed-store.ts';
import { createFakeTime, FEED } from '../../support/mention-fixtures.ts';

const demo = join(import.meta.dirname, '..', '..', '..', 'resources', 'demo');

function demoFeed(options: { readonly speed?: number; readonly store?: ReturnType<typeof createFeedStore> } = {}) {
  const { speed = 1, store = createFeedStore() } = options;
  const time = createFakeTime();
  const feed = createDemoFeed(
    {
      feedId: FEED,
      name: 'under test',
      ordinaryDaysFile: join(demo, 'ordinary-days.ndjson'),
      crisisFile: join(demo, 'crisis.ndjson'),
      runId: 'run',
      speed,
    },
    { ...time, random: () => 0, cursor: store.cursor() },
  );
  return { time, feed, store };
}

function wholeRun(): readonly string[] {
  const { time, feed, store } = demoFeed({ speed: 60 });
  feed.start(store.sink);
  time.pass(40_000);
  return store.ids();
}

test('the ordinary days are history that ends now, the crisis is live at its own pace', () => {
  const { time, feed, store } = demoFeed();
  const startedAt = time.clock.now();
  feed.start(store.sink);
  expect(store.posts.every(({ as, observedAt }) => as === 'history' && observedAt <= startedAt)).toBe(true);
  expect(store.posts.length).toBeGreaterThan(2000);
  const ordinary = store.posts.length;
  time.pass(29_000);
  expect(store.posts.length - ordinary).toBeLessThanOrEqual(2);
  time.pass(61_000);
  expect(store.posts.length - ordinary).toBeGreaterThan(20);
  expect(feed.position()).toBe(90_000);
});

test('at x60 forty minutes take forty seconds, and it ends and says so', () => {
  const { time, feed, store } = demoFeed({ speed: 60 });
  const startedAt = time.clock.now();
  feed.start(store.sink);
  time.pass(40_000);
  expect(feed.status()).toMatchObject({ state: 'ended', kind: 'demo' });
  const live = store.posts.filter(({ as }) => as === 'live');
  expect(live.length).toBeGreaterThan(2500);
  expect(Math.max(...live.map(({ observedAt }) => observedAt)) - startedAt).toBeLessThanOrEqual(40_000);
});

test('its speed changes while it runs, without a jump and without a mention twice or lost', () => {
  const { time, feed, store } = demoFeed({ speed: 1 });
  feed.start(store.sink);
  time.pass(60_000);
  feed.setSpeed(10);
  expect(feed.position()).toBe(60_000);
  expect(store.cursor()).toMatchObject({ positionMs: 60_000, speed: 10 });
  time.pass(60_000);
  expect(feed.position()).toBe(660_000);
  feed.setSpeed(60);
  time.pass(60_000);
  expect(store.ids()).toEqual(wholeRun());
});

test('a host that starts again goes on where it was, at the speed that was set', () => {
  const first = demoFeed();
  first.feed.start(first.store.sink);
  first.time.pass(300_000);
  first.feed.setSpeed(60);
  first.feed.stop();
  const ordinaryAndMore = first.store.posts.length;

  const second = demoFeed({ store: first.store });
  expect(second.feed.speed()).toBe(60);
  second.feed.start(second.store.sink);
  second.time.pass(60_000);
  expect(second.store.posts.slice(ordinaryAndMore).every(({ as }) => as === 'live')).toBe(true);
  expect(second.store.ids()).toEqual(wholeRun());
});

test('its position never passes a mention that was not stored', () => {
  const { time, feed, store } = demoFeed();
  let isFull = false;
  store.refuseWhen(() => isFull);
  feed.start(store.sink);
  time.pass(60_000);
  isFull = true;
  time.pass(120_000);
  feed.stop();
  isFull = false;
  const next = demoFeed({ store });
  next.feed.start(store.sink);
  next.time.pass(40 * 60_000);
  expect(store.ids()).toEqual(wholeRun());
});

test('a missing recording is a failed feed with a reason', () => {
  const missing = join(tmpdir(), 'no-such-recording.ndjson');
  const settings = { feedId: FEED, name: 'demo', ordinaryDaysFile: missing, crisisFile: missing, runId: 'r' };
  const feed = createDemoFeed(settings, { ...createFakeTime(), random: () => 0, cursor: null });
  feed.start(createFeedStore().sink);
  expect(feed.status()).toMatchObject({ state: 'failed' });
  expect(feed.status().detail).toContain('cannot be read');
});
