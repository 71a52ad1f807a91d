import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Feed } from '../../../src-main/commands/ports.ts';
import { createMastodonFeed, type MastodonSettings } from '../../../src-main/feeds/mastodon/mastodon-feed.ts';
import { collectingSink } from '../../contract/feed.contract.ts';
import { COMMON, hurriedDeps } from '../../support/feed-wiring.ts';
import { startMastodon, status, TOKEN, type MastodonServer } from '../../support/mastodon-server.ts';
import { createRandom } from '../../support/mention-fixtures.ts';
import { SHARED_DATA } from '../../support/shared-data.ts';
import { until } from '../../support/wire-server.ts';

const REAL = join(SHARED_DATA, 'mastodon', 'ws-samples.jsonl');
/** Snowflakes of August 2022 and later: times shifted by 16 bits, and far beyond what a number keeps exactly. */
const FIRST_ID = 108_913_983_692_000_000n;

let cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  cleanUps = [];
});

async function server(options?: { readonly port?: number }): Promise<MastodonServer> {
  const started = await startMastodon(options);
  cleanUps.push(() => started.close());
  return started;
}

function feedOf(
  url: string,
  {
    cursor = null,
    secret = TOKEN,
    ...settings
  }: Partial<MastodonSettings> & { cursor?: unknown; secret?: string | null } = {},
): Feed {
  const whole: MastodonSettings = { ...COMMON, kind: 'mastodon', url, stream: 'public', tags: [], ...settings };
  const feed = createMastodonFeed(whole, { ...hurriedDeps(cursor), secret });
  cleanUps.push(() => feed.stop());
  return feed;
}

function createIds(): () => string {
  let last = FIRST_ID;
  return () => String((last += 65_536n));
}

/** Connected, and every stream asked for. */
async function connected(mastodon: MastodonServer, feed: Feed, streams = 1): Promise<void> {
  await until(() => mastodon.sockets().length > 0 && feed.status().state === 'live');
  await until(() => mastodon.subscriptions.at(-1)?.length === streams);
}

test.skipIf(!existsSync(REAL))('mastodon: the real frames, over a real socket', async () => {
  const mastodon = await server();
  const feed = feedOf(mastodon.url);
  const { sink, posts } = collectingSink();
  feed.start(sink);
  await connected(mastodon, feed);
  for (const line of readFileSync(REAL, 'utf8').trim().split('\n')) mastodon.sendRaw(line);
  await until(() => posts.length === 1 && feed.status().detail !== null);
  expect(feed.status()).toMatchObject({ received: 1, skipped: 0, state: 'live' });
  expect(feed.status().detail).toContain('1 post was deleted at its source');
  const [post] = posts;
  expect(post).toMatchObject({
    id: 'https://fosstodon.org/users/tobtobxx/statuses/108913983628474640',
    channel: 'mastodon',
    author: 'tobtobxx@fosstodon.org',
    text: "And now I can't exit the inner nvim because I mapped escape to the parent vim instance 😂",
    url: 'https://fosstodon.org/@tobtobxx/108913983628474640',
    language: 'en',
    occurredAt: Date.parse('2022-08-30T21:38:22.000Z'),
    reach: 150,
    engagement: 0,
    repostOf: null,
  });
  // Another server's post is seen by ours when it is pushed, whenever its author says it was written.
  expect(post?.observedAt).toBe(post?.recordedAt);
});

test('mastodon: one socket for the stream and its tags, the token in a header and in nothing else', async () => {
  const mastodon = await server();
  const feed = feedOf(mastodon.url, { stream: 'public:local', tags: ['firebreak', '#krise'] });
  feed.start(collectingSink().sink);
  await connected(mastodon, feed, 3);
  expect(mastodon.subscriptions).toEqual([['hashtag firebreak', 'hashtag krise', 'public:local']]);
  const asked = mastodon.requests.map(({ url, headers }) => [url.pathname, headers.authorization !== undefined]);
  expect(asked.slice(0, 3)).toEqual([
    ['/api/v2/instance', false],
    ['/api/v1/streaming/health', false],
    ['/api/v1/streaming', true],
  ]);
  expect(mastodon.requests.some(({ url }) => url.href.includes(TOKEN))).toBe(false);
  expect(JSON.stringify(feed.status())).not.toContain(TOKEN);
});

test('mastodon: reblogs, edits, warnings, and what was not said in public', async () => {
  const mastodon = await server();
  const feed = feedOf(mastodon.url, { stream: 'user' });
  const { sink, posts } = collectingSink();
  feed.start(sink);
  await connected(mastodon, feed);
  const createdAt = new Date(Date.now() - 20_000).toISOString();
  const original = status({
    id: '100',
    created_at: createdAt,
    reblogs_count: 11,
    favourites_count: 5,
    replies_count: 2,
  });
  const own = { id: '9', username: 'me', acct: 'me', followers_count: 3 };
  mastodon.sendEvent(
    'update',
    JSON.stringify(status({ id: '101', uri: 'r', content: '', account: own, reblog: original })),
  );
  mastodon.sendEvent(
    'status.update',
    JSON.stringify({ ...original, edited_at: new Date().toISOString(), favourites_count: 9 }),
  );
  mastodon.sendEvent('update', JSON.stringify(status({ id: '102', visibility: 'direct' })));
  mastodon.sendEvent('update', JSON.stringify(status({ id: '103', visibility: 'private' })));
  mastodon.sendEvent('notification', '{"id":"1"}');
  mastodon.sendEvent('filters_changed');
  mastodon.sendEvent(
    'update',
    JSON.stringify(
      status({ id: '104', spoiler_text: 'About Acme', content: '<p>One &amp; two</p><p>#<span>three</span></p>' }),
    ),
  );
  await until(() => posts.length === 4);
  const [spread, repeated, edited, warned] = posts;
  expect(spread).toMatchObject({ id: original['uri'], engagement: 18, repostOf: null, reach: 37 });
  expect(spread?.observedAt).toBe(Date.parse(createdAt));
  expect(repeated).toMatchObject({
    id: 'r',
    repostOf: original['uri'],
    text: 'text of 100',
    author: `me@127.0.0.1:${mastodon.port}`,
    reach: 3,
  });
  expect(edited).toMatchObject({ id: original['uri'], engagement: 22 });
  expect(warned?.text).toBe('About Acme\n\nOne & two #three');
  expect(feed.status()).toMatchObject({ skipped: 0 });
});

test('mastodon: garbage and half frames are counted, and a refused stream is said', async () => {
  const mastodon = await server();
  const feed = feedOf(mastodon.url);
  const { sink, ids } = collectingSink();
  feed.start(sink);
  await connected(mastodon, feed);
  const nextId = createIds();
  const whole = JSON.stringify(status({ id: nextId() }));
  const garbage = [
    '',
    '{',
    '[]',
    '"x"',
    JSON.stringify({ event: 'update' }),
    JSON.stringify({ event: 'update', payload: 7 }),
  ];
  for (const data of garbage) mastodon.sendRaw(data);
  mastodon.sendEvent('update', whole.slice(0, 200));
  mastodon.sendEvent('update', whole.replace('"content"', '"contents"'));
  mastodon.sendRaw(new Uint8Array([1, 2, 3]));
  mastodon.publish(status({ id: nextId(), url: 'javascript:alert(1)', followers_count: -4 }));
  await until(() => ids.size === 1);
  expect(feed.status()).toMatchObject({ skipped: garbage.length + 3, accepted: 1, state: 'live' });
  mastodon.sendRaw(JSON.stringify({ error: 'Access token does not have the required scopes', status: 401 }));
  await until(() => feed.status().state === 'failed');
  expect(feed.status().detail).toContain('check what the access token may read');
});

test('mastodon: without a right token it says so, asks seldom, and never sends one unencrypted', async () => {
  const mastodon = await server();
  for (const secret of [null, 'wrong']) {
    const feed = feedOf(mastodon.url, { secret });
    feed.start(collectingSink().sink);
    await until(() => feed.status().state === 'failed');
    expect(feed.status().detail).toMatch(
      /^The server refuses us \(401\); check the access token\. .* again in \d\d s\.$/,
    );
  }
  const plain = feedOf('http://mastodon.invalid');
  plain.start(collectingSink().sink);
  expect(plain.status()).toMatchObject({ state: 'failed' });
  expect(plain.status().detail).toContain('https');
  mastodon.healthStatus = 503;
  const down = feedOf(mastodon.url);
  down.start(collectingSink().sink);
  await until(() => (down.status().detail ?? '').includes('The streaming service is down (503)'));
});

test('mastodon: 100 forced disconnects and a host that starts again in the middle, every post counted once', async () => {
  const seed = 20_261_123;
  const random = createRandom(seed);
  const mastodon = await server();
  const nextId = createIds();
  const kept = collectingSink();
  let feed = feedOf(mastodon.url, { tags: ['acme'] });
  feed.start(kept.sink);
  await connected(mastodon, feed, 2);
  mastodon.publish(status({ id: nextId() }));
  await until(() => kept.ids.size === 1);
  let dropped = 0;
  let accepted = 0;
  for (let round = 0; round < 100; round += 1) {
    const some = 1 + Math.floor(random() * 5);
    for (let post = 0; post < some; post += 1) mastodon.publish(status({ id: nextId() }));
    if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, Math.floor(random() * 20)));
    dropped += mastodon.drop(random() < 0.5);
    mastodon.publish(status({ id: nextId() }));
    if (round === 50) {
      feed.stop();
      ({ accepted } = feed.status());
      mastodon.publish(status({ id: nextId() }));
      feed = feedOf(mastodon.url, { tags: ['acme'], cursor: kept.cursor() });
      feed.start(kept.sink);
    }
    await until(() => mastodon.sockets().length > 0);
  }
  await until(() => kept.ids.size === mastodon.statuses.length);
  expect(dropped, `seed ${seed}`).toBe(100);
  expect(accepted + feed.status().accepted).toBe(mastodon.statuses.length);
  expect(feed.status()).toMatchObject({ skipped: 0, shed: 0, detail: null });
});

test('mastodon: what was said while we were away is read from the timeline, page by page, at its own time', async () => {
  const mastodon = await server();
  const nextId = createIds();
  const since = nextId();
  const awayAt = Date.now() - 3_600_000;
  for (let post = 0; post < 100; post += 1) {
    mastodon.statuses.push(status({ id: nextId(), created_at: new Date(awayAt + post * 30_000).toISOString() }));
  }
  mastodon.statuses.push(status({ id: nextId(), created_at: '2001-01-01T00:00:00Z' }));
  const feed = feedOf(mastodon.url, { cursor: { sinceId: since, at: awayAt } });
  const { sink, posts, ids, cursor } = collectingSink();
  feed.start(sink);
  await until(() => ids.size === 101);
  await until(() => (cursor()?.['at'] as number) > awayAt);
  const pages = mastodon.requests.filter(({ url }) => url.pathname === '/api/v1/timelines/public');
  expect(pages.length).toBe(4);
  expect(new Set(posts.map(({ as }) => as))).toEqual(new Set(['history', 'live']));
  const told = posts.filter(({ occurredAt }) => (occurredAt ?? 0) >= awayAt).map(({ observedAt }) => observedAt);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  expect(posts.every(({ observedAt }) => observedAt >= awayAt)).toBe(true);
});

test('mastodon: of a gap that is too long the latest part is read, and the rest is said', async () => {
  const mastodon = await server();
  const nextId = createIds();
  const since = nextId();
  for (let post = 0; post < 4_000; post += 1) mastodon.statuses.push(status({ id: nextId() }));
  const feed = feedOf(mastodon.url, { tags: ['acme'], cursor: { sinceId: since, at: Date.now() - 60_000 } });
  const { sink, posts } = collectingSink();
  feed.start(sink);
  await until(() => (feed.status().detail ?? '').includes('more was said than can be fetched'));
  await until(() => posts.length === 75 * 40);
  const pages = mastodon.requests.filter(({ url }) => url.pathname.startsWith('/api/v1/timelines/'));
  expect(pages.length).toBeLessThanOrEqual(150);
  expect(posts.at(-1)?.id).toBe(mastodon.statuses.at(-1)?.['uri']);
});

test('mastodon: a gap that cannot be filled is said with its times, and the feed goes on', async () => {
  const mastodon = await server();
  mastodon.timelineStatus = 403;
  const awayAt = Date.now() - 600_000;
  const feed = feedOf(mastodon.url, { cursor: { sinceId: String(FIRST_ID), at: awayAt } });
  const { sink, ids, cursor } = collectingSink();
  feed.start(sink);
  await until(() => (feed.status().detail ?? '').startsWith('A gap'));
  expect(feed.status().detail).toContain(new Date(awayAt).toISOString());
  expect(feed.status().detail).toContain('the server refused it (403)');
  expect(feed.status().state).toBe('live');
  mastodon.publish(status({ id: String(FIRST_ID + 99n) }));
  await until(() => ids.size === 1);
  expect(cursor()).toMatchObject({ sinceId: String(FIRST_ID + 99n) });
});

test('mastodon: the first gap is filled too, before any post was ever read', async () => {
  const mastodon = await server();
  const nextId = createIds();
  mastodon.statuses.push(status({ id: nextId() }));
  const feed = feedOf(mastodon.url);
  const { sink, posts, cursor } = collectingSink();
  feed.start(sink);
  await until(() => cursor() !== null);
  expect(posts).toEqual([]);
  mastodon.drop();
  mastodon.statuses.push(status({ id: nextId(), content: 'meanwhile' }));
  await until(() => posts.length === 1);
  expect(posts[0]?.text).toBe('meanwhile');
});

test('mastodon: ten times the usual rate of a large server', async () => {
  const posts = 5_000;
  const mastodon = await server();
  const nextId = createIds();
  const feed = feedOf(mastodon.url);
  const { sink, ids } = collectingSink();
  feed.start(sink);
  await connected(mastodon, feed);
  for (let post = 0; post < posts; post += 1) mastodon.publish(status({ id: nextId() }));
  await until(() => ids.size === posts);
  expect(feed.status()).toMatchObject({ received: posts, shed: 0, skipped: 0 });
});
