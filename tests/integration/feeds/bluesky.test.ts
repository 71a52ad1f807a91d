import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Feed } from '../../../src-main/commands/ports.ts';
import { createBlueskyFeed } from '../../../src-main/feeds/bluesky/bluesky-feed.ts';
import { collectingSink } from '../../contract/feed.contract.ts';
import { COMMON, hurriedDeps } from '../../support/feed-wiring.ts';
import { asV2, postFrame, startJetstream, type JetstreamServer } from '../../support/jetstream-server.ts';
import { createRandom } from '../../support/mention-fixtures.ts';
import { SHARED_DATA } from '../../support/shared-data.ts';
import { until } from '../../support/wire-server.ts';

const REAL = join(SHARED_DATA, 'bluesky');

let cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  cleanUps = [];
});

async function server(options?: Parameters<typeof startJetstream>[0]): Promise<JetstreamServer> {
  const started = await startJetstream(options);
  cleanUps.push(() => started.close());
  return started;
}

function feedOf(url: string, cursor: unknown = null, seed = 1): Feed {
  const feed = createBlueskyFeed({ ...COMMON, kind: 'bluesky', url }, hurriedDeps(cursor, seed));
  cleanUps.push(() => feed.stop());
  return feed;
}

/** Microseconds of now, never the same twice. */
function createTicks(): () => number {
  let last = 0;
  return () => (last = Math.max(last + 1, Date.now() * 1_000));
}

async function connected(jetstream: JetstreamServer, feed: Feed): Promise<void> {
  await until(() => jetstream.sockets().length > 0 && feed.status().state === 'live');
}

test.skipIf(!existsSync(REAL))('bluesky: the real frames, over a real socket', async () => {
  const lines = ['expected_v1.jsonl', 'golden_v1.jsonl']
    .flatMap((name) => readFileSync(join(REAL, name), 'utf8').split('\n'))
    .filter((line) => line !== '');
  const jetstream = await server();
  const feed = feedOf(jetstream.url);
  const { sink, posts } = collectingSink();
  feed.start(sink);
  await connected(jetstream, feed);
  for (const line of lines) jetstream.sendRaw(line);
  const written = lines.filter((line) => /"operation":"(create|update)","collection":"app.bsky.feed.post"/.test(line));
  await until(() => posts.length === written.length);
  expect(lines).toHaveLength(162);
  expect(feed.status()).toMatchObject({ received: written.length, skipped: 0, shed: 0, state: 'live' });
  // All of it was said months ago: history, which alarms nobody.
  expect(posts.every(({ as, channel, reach }) => as === 'history' && channel === 'bluesky' && reach === null)).toBe(
    true,
  );
  expect(posts.find(({ text }) => text === 'Try RSV for a good time !!')).toMatchObject({
    id: 'at://did:plc:q235v55g5unth4zjjdpacfdr/app.bsky.feed.post/3mmoojp4cd223',
    author: 'did:plc:q235v55g5unth4zjjdpacfdr',
    url: 'https://bsky.app/profile/did:plc:q235v55g5unth4zjjdpacfdr/post/3mmoojp4cd223',
    language: 'en',
    occurredAt: Date.parse('2026-05-25T14:23:28.757Z'),
    observedAt: 1779719009157,
    repostOf: null,
  });
});

test('bluesky: asks for posts only, and from a little before where it stood', async () => {
  const jetstream = await server();
  const first = feedOf(jetstream.url);
  const kept = collectingSink();
  first.start(kept.sink);
  await connected(jetstream, first);
  expect(jetstream.requests[0]?.url.search).toBe('?wantedCollections=app.bsky.feed.post&maxMessageSizeBytes=1000000');
  const timeUs = Date.now() * 1_000;
  jetstream.publish(postFrame({ rkey: 'a', timeUs }));
  await until(() => kept.ids.size === 1);
  first.stop();
  expect(kept.cursor()).toEqual({ timeUs });
  const second = feedOf(jetstream.url, kept.cursor());
  second.start(kept.sink);
  await connected(jetstream, second);
  expect(jetstream.requests.at(-1)?.url.searchParams.get('cursor')).toBe(String(timeUs - 5_000_000));
});

test('bluesky: v2 frames mean the same, and an error frame ends the connection', async () => {
  const path = '/xrpc/network.bsky.jetstream.subscribeEvents';
  const jetstream = await server({ path });
  const feed = feedOf(jetstream.url);
  const { sink, posts } = collectingSink();
  feed.start(sink);
  await connected(jetstream, feed);
  expect(jetstream.requests[0]?.url.search).toBe(
    '?collections=app.bsky.feed.post&kinds=commit&maxMessageSizeBytes=1000000',
  );
  const timeUs = Date.now() * 1_000 - 123_456;
  jetstream.publish(asV2(postFrame({ rkey: 'v2', timeUs }), 7));
  jetstream.sendRaw(
    JSON.stringify({
      $type: 'message',
      payload: { $type: 'network.bsky.jetstream.subscribeEvents#identity', seq: 8, did: 'did:plc:x', time: 'x' },
    }),
  );
  await until(() => posts.length === 1);
  expect(posts[0]).toMatchObject({ observedAt: Math.round(timeUs / 1_000), as: 'live', text: 'text of v2' });
  const before = jetstream.requests.length;
  jetstream.sendRaw(JSON.stringify({ $type: 'error', error: 'ConsumerTooSlow', message: 'too slow' }));
  await until(() => jetstream.requests.length > before && feed.status().state === 'live');
  expect(jetstream.requests.at(-1)?.url.searchParams.get('cursor')).toBe(String(timeUs - 5_000_000));
  expect(feed.status()).toMatchObject({ skipped: 0, reconnects: 1 });
});

test('bluesky: quotes name what they repeat, replies do not; edits are the same post, deletions undo nothing', async () => {
  const jetstream = await server();
  const feed = feedOf(jetstream.url);
  const { sink, posts } = collectingSink();
  feed.start(sink);
  await connected(jetstream, feed);
  const next = createTicks();
  const uri = 'at://did:plc:other/app.bsky.feed.post/orig';
  const send = (rkey: string, record: Readonly<Record<string, unknown>>): void =>
    jetstream.publish(postFrame({ rkey, timeUs: next(), record }));
  send('quote', { embed: { $type: 'app.bsky.embed.record', record: { uri, cid: 'c' } } });
  send('media', {
    embed: { $type: 'app.bsky.embed.recordWithMedia', media: {}, record: { record: { uri, cid: 'c' } } },
  });
  send('list', { embed: { $type: 'app.bsky.embed.record', record: { uri: 'at://did:plc:o/app.bsky.graph.list/l' } } });
  send('reply', { reply: { parent: { uri, cid: 'c' }, root: { uri, cid: 'c' } } });
  send('odd', { embed: 'nonsense', langs: 7, createdAt: ['no'] });
  send('future', { createdAt: '2999-01-01T00:00:00Z', langs: ['pt-BR', 'en'] });
  jetstream.publish(postFrame({ rkey: 'quote', rev: 'edit', timeUs: next(), operation: 'update', text: 'edited' }));
  jetstream.publish(postFrame({ rkey: 'reply', rev: 'gone', timeUs: next(), operation: 'delete' }));
  jetstream.publish(postFrame({ rkey: 'last', timeUs: next() }));
  await until(() => posts.some(({ text }) => text === 'text of last'));
  const shown = posts.map(({ id, repostOf, text }) => [id.split('/').at(-1), repostOf, text]);
  expect(shown).toEqual([
    ['quote', uri, 'text of quote'],
    ['media', uri, 'text of media'],
    ['list', null, 'text of list'],
    ['reply', null, 'text of reply'],
    ['odd', null, 'text of odd'],
    ['future', null, 'text of future'],
    ['quote', null, 'edited'],
    ['last', null, 'text of last'],
  ]);
  const future = posts.find(({ text }) => text === 'text of future');
  expect(future).toMatchObject({ language: 'pt', occurredAt: future?.observedAt });
  expect(posts.find(({ text }) => text === 'text of odd')).toMatchObject({ language: null, occurredAt: null });
});

test('bluesky: garbage, half frames and binary frames are counted, and nothing else is lost with them', async () => {
  const jetstream = await server();
  const feed = feedOf(jetstream.url);
  const { sink, ids } = collectingSink();
  feed.start(sink);
  await connected(jetstream, feed);
  const next = createTicks();
  const whole = postFrame({ rkey: 'whole', timeUs: next() });
  const garbage = [
    whole.text.slice(0, 100),
    '',
    'null',
    '[]',
    '{}',
    '"text"',
    '{"$type":"message"}',
    whole.text.replace('"time_us":', '"time_us":-'),
    whole.text.replace('did:plc:', 'javascript:'),
    whole.text.replace('"rkey":"whole"', '"rkey":"../../x?y"'),
    postFrame({ rkey: 'no-text', timeUs: next(), record: { text: 7 } }).text,
    new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3]),
  ];
  for (const data of garbage) jetstream.sendRaw(data);
  jetstream.publish(whole);
  jetstream.publish(postFrame({ rkey: 'odd', timeUs: next(), text: 'a\0b\ud800c' }));
  await until(() => ids.size === 2);
  expect(feed.status()).toMatchObject({ skipped: garbage.length, accepted: 2, state: 'live' });
  jetstream.drop(true);
  jetstream.publish(postFrame({ rkey: 'after', timeUs: next() }));
  await until(() => ids.size === 3);
  expect(feed.status()).toMatchObject({ skipped: garbage.length, reconnects: 1 });
});

test('bluesky: 100 forced disconnects and a host that starts again in the middle, every post counted once', async () => {
  const seed = 20_261_122;
  const random = createRandom(seed);
  const jetstream = await server();
  const next = createTicks();
  const kept = collectingSink();
  let feed = feedOf(jetstream.url, null, seed);
  feed.start(kept.sink);
  await connected(jetstream, feed);
  let published = 0;
  let dropped = 0;
  let accepted = 0;
  let received = 0;
  for (let round = 0; round < 100; round += 1) {
    const some = 1 + Math.floor(random() * 10);
    for (let post = 0; post < some; post += 1) {
      jetstream.publish(postFrame({ rkey: `r${round}p${post}`, timeUs: next() }));
      published += 1;
    }
    // Some of them on their way, some not sent yet when the line goes dead.
    if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, Math.floor(random() * 20)));
    dropped += jetstream.drop(random() < 0.5);
    jetstream.publish(postFrame({ rkey: `r${round}away`, timeUs: next() }));
    published += 1;
    if (round === 50) {
      feed.stop();
      ({ accepted, received } = feed.status());
      jetstream.publish(postFrame({ rkey: 'no-host', timeUs: next() }));
      published += 1;
      feed = feedOf(jetstream.url, kept.cursor(), seed);
      feed.start(kept.sink);
    }
    await until(() => jetstream.sockets().length > 0);
  }
  await until(() => kept.ids.size === published);
  const status = feed.status();
  expect({ dropped, published: kept.ids.size }, `seed ${seed}`).toEqual({ dropped: 100, published });
  expect(accepted + status.accepted).toBe(published);
  // What a resumed stream brings again is told by its identity; only the new host cannot know what the old one had.
  expect(received).toBeLessThanOrEqual(published);
  expect(status).toMatchObject({ skipped: 0, shed: 0, state: 'live' });
  expect(status.received).toBeLessThanOrEqual(published);
});

test('bluesky: a server that vanishes is a failed feed, and is taken up again where it was', async () => {
  const jetstream = await server();
  const feed = feedOf(jetstream.url);
  const { sink, ids } = collectingSink();
  const next = createTicks();
  feed.start(sink);
  await connected(jetstream, feed);
  jetstream.publish(postFrame({ rkey: 'before', timeUs: next() }));
  await until(() => ids.size === 1);
  await jetstream.close();
  await until(() => feed.status().state === 'failed');
  expect(feed.status().detail).toMatch(/^The server does not accept connections\. It is tried again in \d+ s\.$/);
  const missed = postFrame({ rkey: 'meanwhile', timeUs: next() });
  const back = await server({ port: jetstream.port, frames: [...jetstream.frames, missed] });
  await until(() => ids.size === 2);
  back.publish(postFrame({ rkey: 'after', timeUs: next() }));
  await until(() => ids.size === 3);
  expect(feed.status()).toMatchObject({ state: 'live', detail: null, received: 3 });
});

// The network writes about 53 posts/s; these are more than half a minute at ten times that, all at once.
test('bluesky: a burst far above ten times the usual rate waits for its turn, and nothing is thrown away', async () => {
  const posts = 20_000;
  const jetstream = await server();
  const next = createTicks();
  for (let post = 0; post < posts; post += 1) {
    jetstream.frames.push(postFrame({ rkey: `p${post}`, timeUs: next() }));
  }
  const [first] = jetstream.frames;
  const feed = feedOf(jetstream.url, { timeUs: first?.timeUs });
  const { sink, ids } = collectingSink();
  let largest = 0;
  feed.start((some, as, cursor) => {
    largest = Math.max(largest, some.length);
    return sink(some, as, cursor);
  });
  await until(() => ids.size === posts);
  expect(largest).toBeLessThanOrEqual(500);
  expect(feed.status()).toMatchObject({ received: posts, shed: 0, skipped: 0 });
});

test('bluesky: while nothing can be stored reading stops, and everything is there afterwards', async () => {
  const posts = 6_000;
  const jetstream = await server();
  const feed = feedOf(jetstream.url);
  const { sink, ids, disk } = collectingSink();
  disk.isFull = true;
  feed.start(sink);
  await until(() => jetstream.sockets().length > 0);
  const next = createTicks();
  for (let post = 0; post < posts; post += 1) jetstream.publish(postFrame({ rkey: `p${post}`, timeUs: next() }));
  await until(() => feed.status().state === 'failed');
  expect(feed.status().detail).toContain('nothing is lost');
  jetstream.drop();
  disk.isFull = false;
  await until(() => ids.size === posts);
  expect(feed.status()).toMatchObject({ accepted: posts, shed: 0, state: 'live' });
});
