import { expect, test } from 'vitest';
import { createBlueskyFeed } from '../../../../../src-main/feeds/bluesky/bluesky-feed.ts';
import { collectingSink } from '../../../../contract/feed.contract.ts';
import { createFakeStream } from '../../../../support/fake-stream.ts';
import { COMMON } from '../../../../support/feed-wiring.ts';
import { postFrame } from '../../../../support/jetstream-server.ts';
import { createFakeTime } from '../../../../support/mention-fixtures.ts';

const settings = { ...COMMON, kind: 'bluesky', url: 'wss://jetstream.example/subscribe' } as const;

function started({ cursor = null, paused = false }: { readonly cursor?: unknown; readonly paused?: boolean } = {}) {
  const time = createFakeTime();
  const stream = createFakeStream(time);
  const { openSocket } = stream;
  // The longest wait there may be, so that a test can say when an attempt is due.
  const deps = { ...time, random: () => 1, cursor, openSocket };
  const feed = createBlueskyFeed({ ...settings, paused }, deps);
  const collected = collectingSink();
  const batches: number[] = [];
  feed.start((posts, as, at) => {
    const accepted = collected.sink(posts, as, at);
    batches.push(posts.length);
    return accepted;
  });
  const post = (rkey: string, ageMs = 0): void =>
    stream.frame(postFrame({ rkey, timeUs: (time.clock.now() - ageMs) * 1_000 }).text);
  return { time, stream, feed, post, batches, ...collected };
}

function connected(options?: Parameters<typeof started>[0]) {
  const all = started(options);
  all.time.pass(5);
  return all;
}

test('it is connecting until somebody answers, and live from then on', () => {
  const { time, stream, feed } = started();
  expect(feed.status()).toMatchObject({ state: 'connecting', detail: null });
  time.pass(5);
  expect(feed.status()).toMatchObject({ state: 'live', reconnects: 0 });
  stream.close();
  expect(feed.status()).toMatchObject({
    state: 'connecting',
    detail: 'The connection broke. It is tried again in 2 s.',
  });
  time.pass(2_005);
  expect(feed.status()).toMatchObject({ state: 'live', reconnects: 1, detail: null });
});

test('a source that does not even answer the first time has failed, and is asked again', () => {
  const { time, stream, feed } = started();
  stream.refuse({ reason: 'The server does not accept connections' });
  time.pass(5);
  expect(feed.status()).toMatchObject({
    state: 'failed',
    detail: 'The server does not accept connections. It is tried again in 2 s.',
    reconnects: 0,
  });
  stream.refuse(null);
  time.pass(2_005);
  expect(feed.status()).toMatchObject({ state: 'live', reconnects: 0 });
});

test('posts wait for company a quarter of a second at most, and a full batch does not wait', () => {
  const { time, post, batches } = connected();
  post('a');
  time.pass(100);
  post('b');
  time.pass(149);
  expect(batches).toEqual([]);
  time.pass(1);
  expect(batches).toEqual([2]);
  for (let some = 0; some < 700; some += 1) post(`c${some}`);
  time.pass(0);
  expect(batches).toEqual([2, 500]);
  time.pass(250);
  expect(batches).toEqual([2, 500, 200]);
});

test('the cursor is kept with the last post that it stands behind, never before it', () => {
  const { time, post, posts, cursor, disk } = connected();
  const first = time.clock.now() * 1_000;
  post('a');
  time.pass(250);
  expect(cursor()).toEqual({ timeUs: first });
  disk.isFull = true;
  post('b');
  time.pass(10_000);
  expect(cursor()).toEqual({ timeUs: first });
  disk.isFull = false;
  time.pass(1_000);
  expect(posts).toHaveLength(2);
  expect(cursor()).toEqual({ timeUs: first + 250_000 });
});

test('what is older than a quarter of an hour goes in as history, before the news', () => {
  const { time, post, posts } = connected();
  post('new');
  post('old', 15 * 60_000 + 1);
  post('edge', 14 * 60_000);
  time.pass(250);
  expect(posts.map(({ id, as }) => [id.split('/').at(-1), as])).toEqual([
    ['old', 'history'],
    ['new', 'live'],
    ['edge', 'live'],
  ]);
});

test('a connection that says nothing is asked, and cut after a minute without an answer', () => {
  const { time, stream, feed } = connected();
  // It answers pings: quiet for hours, and not cut.
  time.pass(3_600_000);
  expect(stream.requests).toHaveLength(1);
  expect(feed.status().state).toBe('silent');
  stream.fallSilent();
  time.pass(90_000);
  expect(feed.status()).toMatchObject({ detail: expect.stringContaining('Nothing was heard for a minute') as string });
  expect(stream.isOpen()).toBe(false);
});

test('it backs off further at every failure, and starts over once a connection has held', () => {
  const { time, stream, feed } = connected();
  stream.refuse({ reason: 'The server does not accept connections' });
  stream.close();
  const waits: (number | undefined)[] = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const wait = Number(/again in (\d+) s/.exec(feed.status().detail ?? '')?.[1]);
    waits.push(wait);
    time.pass(wait * 1_000 + 5);
  }
  expect(waits).toEqual([2, 4, 8, 16, 32, 64, 120, 120]);
  expect(feed.status().state).toBe('failed');
  stream.refuse(null);
  time.pass(125_000);
  expect(feed.status().state).toBe('live');
  time.pass(31_000);
  stream.frame('{}');
  stream.close();
  expect(feed.status()).toMatchObject({ state: 'connecting', detail: expect.stringContaining('in 2 s') as string });
});

test('a pause that the server asks for is kept, and a refusal is asked about seldom', () => {
  const { time, stream, feed } = connected();
  stream.close({ reason: 'The server is asked too often (429)', waitMs: 900_000 });
  expect(feed.status().detail).toContain('in 900 s');
  time.pass(899_000);
  expect(stream.requests).toHaveLength(1);
  time.pass(1_005);
  expect(stream.requests).toHaveLength(2);
  stream.close({ reason: 'The server refuses us (401)', isRefusal: true });
  expect(feed.status()).toMatchObject({ state: 'failed', detail: expect.stringContaining('in 120 s') as string });
});

test('with two thousand waiting reading stops until all are stored, and no other connection is made', () => {
  const { time, stream, post, ids, disk, feed } = connected();
  disk.isFull = true;
  for (let some = 0; some < 2_000; some += 1) post(`p${some}`);
  expect(stream.pauses).toEqual({ paused: 1, resumed: 0 });
  time.pass(10_000);
  stream.close();
  time.pass(600_000);
  expect(stream.requests).toHaveLength(1);
  expect(feed.status()).toMatchObject({ state: 'failed', shed: 0 });
  disk.isFull = false;
  time.pass(3_000);
  expect(ids.size).toBe(2_000);
  expect(stream.requests).toHaveLength(2);
  expect(feed.status().state).toBe('live');
});

test('a paused feed asks nobody', () => {
  const { time, stream, feed } = started({ paused: true });
  time.pass(3_600_000);
  expect(stream.requests).toEqual([]);
  expect(time.pending()).toBe(0);
  expect(feed.status().state).toBe('paused');
});

test('what waits when it is stopped is handed over, once', () => {
  const { time, feed, post, ids, cursor } = connected();
  post('last');
  feed.stop();
  expect([...ids]).toHaveLength(1);
  expect(cursor()).toEqual({ timeUs: time.clock.now() * 1_000 });
});

test('a cursor from the future is not believed, and a leap in a resumed stream is said', () => {
  const time = createFakeTime();
  const ahead = started({ cursor: { timeUs: (time.clock.now() + 3_600_000) * 1_000 } });
  expect(ahead.stream.requests[0]?.url).toContain(`cursor=${time.clock.now() * 1_000 - 5_000_000}`);
  const away = connected({ cursor: { timeUs: (time.clock.now() - 48 * 3_600_000) * 1_000 } });
  away.post('oldest-there-is', 36 * 3_600_000);
  expect(away.feed.status()).toMatchObject({ state: 'live', detail: expect.stringMatching(/^A gap: /) as string });
});
