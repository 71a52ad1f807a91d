import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createFetchFeed, retryAfterMs, type FetchFeed } from '../../../src-main/feeds/rss/fetch-feed.ts';
import { createRssFeed } from '../../../src-main/feeds/rss/rss-feed.ts';
import { startFeedServer, type FeedServer } from '../../support/feed-server.ts';
import { createFeedStore } from '../../support/feed-store.ts';
import { createFakeTime, createRandom, FEED } from '../../support/mention-fixtures.ts';

const MINUTE = 60_000;
let server: FeedServer;
beforeAll(async () => void (server = await startFeedServer()));
afterAll(() => server.close());
afterEach(() => void server.requests.splice(0));

/** A feed that asks the real server over real HTTP, on a clock that moves only when told. */
function looking({
  path = '/feed',
  everyMinutes = 5,
  random = (): number => 0,
  store = createFeedStore(),
  timeLimitMs = 10_000,
} = {}) {
  const time = createFakeTime();
  const overHttp = createFetchFeed(timeLimitMs);
  let underWay: Promise<unknown> = Promise.resolve();
  const fetchFeed: FetchFeed = (request) => {
    const answer = overHttp(request);
    underWay = answer;
    return answer;
  };
  const settings = { feedId: FEED, name: 'Daily', url: `${server.url}${path}`, everyMinutes };
  const begin = () => createRssFeed(settings, { ...time, random, cursor: store.cursor() }, fetchFeed);
  let feed = begin();

  /** In small steps, each of which waits for the answer that was asked for on the way. */
  async function pass(ms: number, stepMs = 5_000): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      time.pass(Math.min(stepMs, ms - passed));
      await underWay;
    }
  }

  return {
    time,
    store,
    pass,
    status: () => feed.status(),
    async start() {
      feed.start(store.sink);
      time.pass(0);
      await underWay;
    },
    restart() {
      feed.stop();
      feed = begin();
      feed.start(store.sink);
    },
    stop: () => feed.stop(),
  };
}

interface Article {
  readonly id: string;
  readonly at?: number | undefined;
}

function rss(articles: readonly Article[], channel = ''): string {
  const items = articles.map(({ id, at }) => {
    const date = at === undefined ? '' : `<pubDate>${new Date(at).toUTCString()}</pubDate>`;
    return `<item><title>Article ${id}</title><guid>${id}</guid><link>https://daily.example/${id}</link>${date}</item>`;
  });
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>Daily</title>${channel}${items.join('')}</channel></rss>`;
}

function sends(text: string | Buffer, headers: Record<string, string> = {}, status = 200) {
  server.answer(
    (_, response) => void response.writeHead(status, { 'content-type': 'application/rss+xml', ...headers }).end(text),
  );
}

const shortIds = (store: ReturnType<typeof createFeedStore>) => store.ids().map((id) => id.replace(`${FEED}:`, ''));

describe('what is news', () => {
  test('the first look is history but for the last 15 minutes; undated and future items of it are history', async () => {
    const { start, time, store, stop } = looking();
    const now = time.clock.now();
    sends(
      rss([
        { id: 'new', at: now - 5 * MINUTE },
        { id: 'old', at: now - 3 * 60 * MINUTE },
        { id: 'undated' },
        { id: 'ahead', at: now + 60 * MINUTE },
      ]),
    );
    await start();
    expect(
      store.posts.map(({ as, observedAt, occurredAt }) => [as, observedAt - now, occurredAt && occurredAt - now]),
    ).toEqual([
      ['history', -180 * MINUTE, -180 * MINUTE],
      ['history', 0, null],
      ['history', 0, 60 * MINUTE],
      ['live', -5 * MINUTE, -5 * MINUTE],
    ]);
    expect(store.posts.at(-1)).toMatchObject({ channel: 'news', author: 'Daily', url: 'https://daily.example/new' });
    stop();
  });

  test('later an undated item is news, one of three hours ago is not, and after a day away nothing undated is', async () => {
    const { start, pass, restart, time, store, stop } = looking();
    const now = time.clock.now();
    sends(rss([{ id: 'a', at: now }]));
    await start();
    sends(rss([{ id: 'a', at: now }, { id: 'undated' }, { id: 'late', at: now - 180 * MINUTE }]));
    await pass(6 * MINUTE);
    expect(Object.fromEntries(store.posts.map(({ id, as }) => [id.replace(`${FEED}:`, ''), as]))).toEqual({
      a: 'live',
      undated: 'live',
      late: 'history',
    });
    time.pass(24 * 60 * MINUTE);
    sends(rss([{ id: 'overnight' }]));
    restart();
    await pass(6 * MINUTE);
    expect(store.posts.at(-1)).toMatchObject({ as: 'history', id: `${FEED}:overnight` });
    stop();
  });
});

describe('manners', () => {
  test('asks with ETag and Last-Modified, takes 304 for an answer, and comes no more often than told', async () => {
    const { start, pass, restart, status, store, stop } = looking({ random: () => 1 });
    server.answer((request, response) => {
      if (request.headers['if-none-match'] === '"v1"') return void response.writeHead(304).end();
      response
        .writeHead(200, { etag: '"v1"', 'last-modified': 'Sat, 18 Apr 2026 14:00:00 GMT' })
        .end(rss([{ id: 'a' }]));
    });
    await start();
    await pass(60 * MINUTE);
    expect(server.requests).toHaveLength(11);
    expect(server.requests[0]?.headers).not.toHaveProperty('if-none-match');
    expect(server.requests.at(-1)?.headers).toMatchObject({
      'if-none-match': '"v1"',
      'if-modified-since': 'Sat, 18 Apr 2026 14:00:00 GMT',
    });
    expect(store.ids()).toHaveLength(1);
    expect(status()).toMatchObject({ kind: 'rss', state: 'live', accepted: 1, received: 1, detail: null });
    restart();
    await pass(30_000);
    expect(server.requests.length).toBeLessThanOrEqual(12);
    await pass(MINUTE);
    expect(server.requests.at(-1)?.headers).toMatchObject({ 'if-none-match': '"v1"' });
    stop();
  });

  test('heeds the ttl of a feed, and says so', async () => {
    const { start, pass, status, stop } = looking();
    sends(rss([], '<ttl>60</ttl>'));
    await start();
    await pass(179 * MINUTE, MINUTE);
    expect(server.requests).toHaveLength(3);
    expect(status()).toMatchObject({
      state: 'live',
      detail: 'The feed asks to be looked at every 60 minutes at most.',
    });
    stop();
  });

  test('leaves a feed alone in the hours that it asks to be skipped', async () => {
    const { start, pass, time, status, stop } = looking();
    expect(new Date(time.clock.now()).toISOString()).toContain('T08:53:20');
    const hours = [9, 10, 11, 12].map((hour) => `<hour>${String(hour)}</hour>`).join('');
    sends(rss([], `<skipHours>${hours}</skipHours>`));
    await start();
    await pass(4 * 60 * MINUTE, MINUTE);
    expect(server.requests).toHaveLength(2);
    expect(status().state).toBe('live');
    await pass(8 * MINUTE, MINUTE);
    expect(server.requests).toHaveLength(3);
    stop();
  });

  test('429 and 503 are obeyed to the second they name; without one it waits ever longer, up to an hour', async () => {
    const { start, pass, status, stop } = looking();
    sends('', { 'retry-after': '1800' }, 429);
    await start();
    expect(status()).toMatchObject({
      state: 'failed',
      detail: 'The server asks us to come less often (429). It is tried again in 30 min.',
    });
    await pass(29 * MINUTE);
    expect(server.requests).toHaveLength(1);
    sends('', {}, 503);
    await pass(90_000);
    expect(server.requests).toHaveLength(2);
    await pass(24 * 60 * MINUTE, MINUTE);
    expect(server.requests.length).toBeGreaterThan(24);
    expect(server.requests.length).toBeLessThan(60);
    sends(rss([{ id: 'back' }]));
    await pass(61 * MINUTE, MINUTE);
    expect(status()).toMatchObject({ state: 'live', reconnects: 1, accepted: 1, detail: null });
    stop();
  });

  test('redirects are followed, a move for good is told, and a loop or another scheme is refused', async () => {
    const moved = looking({ path: '/old' });
    server.answer((request, response) => {
      if (request.url === '/old') return void response.writeHead(301, { location: '/older' }).end();
      if (request.url === '/older') return void response.writeHead(308, { location: '/new' }).end();
      response.end(rss([{ id: 'a' }]));
    });
    await moved.start();
    expect(moved.status()).toMatchObject({
      state: 'live',
      accepted: 1,
      detail: `The feed has moved for good. Change its address to ${server.url}/new`,
    });
    moved.stop();

    for (const [location, status, reason] of [
      ['/feed', 302, 'The server redirects more than 5 times.'],
      ['file:///etc/passwd', 301, 'The server redirects to something that is no web address.'],
      ['ftp://127.0.0.1/', 307, 'The server redirects to something that is no web address.'],
    ] as const) {
      const lost = looking();
      server.requests.splice(0);
      server.answer((_, response) => void response.writeHead(status, { location }).end());
      await lost.start();
      expect(lost.status().detail).toBe(`${reason} It is tried again in 1 min.`);
      expect(server.requests.length).toBeLessThanOrEqual(6);
      lost.stop();
    }
  });

  test.each([
    'http://127.0.0.1/',
    'http://[::1]/',
    'http://localhost:80/',
    'http://169.254.169.254/latest',
    'http://10.1.2.3/',
    'http://0x7f000001/',
    'http://[::ffff:127.0.0.1]/',
  ])('a server outside cannot make us ask %s', async (location) => {
    const asked: string[] = [];
    vi.stubGlobal('fetch', (url: URL) => {
      asked.push(url.href);
      return Promise.resolve(new Response(null, { status: 302, headers: { location } }));
    });
    const request = {
      url: 'https://news.example/feed',
      etag: null,
      lastModified: null,
      now: createFakeTime().clock.now(),
    };
    const answer = await createFetchFeed()({ ...request, signal: new AbortController().signal });
    vi.unstubAllGlobals();
    expect(answer).toMatchObject({
      kind: 'refused',
      reason: 'The server redirects to an address inside this network.',
    });
    expect(asked).toEqual(['https://news.example/feed']);
  });

  test('Retry-After in both of its forms', () => {
    const { now } = createFakeTime(1_776_520_800_000).clock;
    expect(retryAfterMs('120', now())).toBe(120_000);
    expect(retryAfterMs(new Date(now() + 90_000).toUTCString(), now())).toBe(90_000);
    expect(retryAfterMs('Sat, 01 Jan 2000 00:00:00 GMT', now())).toBe(0);
    expect(retryAfterMs('99999999', now())).toBe(24 * 3_600_000);
    expect(retryAfterMs('soon', now())).toBeNull();
    expect(retryAfterMs(null, now())).toBeNull();
  });
});

describe('answers that are none', () => {
  const whole = rss([{ id: 'a' }, { id: 'b' }]);

  test.each<[string, (response: ServerResponse) => void, string]>([
    [
      'cut off by its length',
      (response) =>
        void response.writeHead(200, { 'content-length': '5000' }).write(whole.slice(0, 150), () => response.destroy()),
      'The server cannot be read',
    ],
    [
      'cut off between two chunks',
      (response) => void response.write(whole.slice(0, 150), () => response.destroy()),
      'The server cannot be read',
    ],
    [
      'half a document that says it is whole',
      (response) => void response.end(whole.slice(0, 250)),
      'The answer is no feed, or only a part of one.',
    ],
    ['no answer at all', (response) => void response.destroy(), 'The server cannot be read'],
    [
      'noise',
      (response) => void response.end(Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 7919) % 256))),
      'The answer is neither XML nor JSON.',
    ],
    ['nothing in it', (response) => void response.end(), 'The answer is empty.'],
    [
      'a page',
      (response) => void response.end('<!DOCTYPE html><html><body>Please log in</body></html>'),
      'The answer is a web page and no feed.',
    ],
    [
      'too large',
      (response) => void response.end(`${' '.repeat(5 * 1024 * 1024)}${whole}`),
      'The answer is larger than 5 MB.',
    ],
    [
      'small and too large unpacked',
      (response) =>
        void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000, 32))),
      'The answer is larger than 5 MB.',
    ],
    ['not found', (response) => void response.writeHead(404).end(whole), 'There is no feed at this address (404).'],
  ])('%s: failed with the reason, nothing taken, and whole again at the next look', async (_, respond, reason) => {
    const { start, pass, status, store, stop } = looking();
    server.answer((_request, response) => respond(response));
    await start();
    expect(status()).toMatchObject({ state: 'failed', accepted: 0 });
    expect(status().detail).toContain(reason);
    expect(store.cursor()).toBeNull();
    sends(whole);
    await pass(MINUTE);
    expect(status()).toMatchObject({ state: 'live', accepted: 2 });
    stop();
  });

  test('a server that never ends its answer is left after the time limit', async () => {
    const { start, status, stop } = looking({ timeLimitMs: 200 });
    server.answer((_, response) => void response.write(whole.slice(0, 100)));
    await start();
    expect(status().detail).toContain('The server did not answer in time.');
    stop();
  });

  test('a feed that is stopped in the middle of an answer takes nothing more', async () => {
    const { start, status, store, stop } = looking();
    let isAsked = Promise.withResolvers<void>();
    server.answer((_, response) => {
      response.write(whole.slice(0, 100));
      isAsked.resolve();
    });
    const started = start();
    await isAsked.promise;
    isAsked = Promise.withResolvers();
    stop();
    await started;
    expect(store.posts).toEqual([]);
    expect(status().state).toBe('ended');
  });
});

test('what cannot be stored is brought again every second without asking anew, and the ETag waits for it', async () => {
  const { start, pass, restart, status, store, stop } = looking();
  let isFull = true;
  store.refuseWhen(() => isFull);
  sends(rss([{ id: 'a' }]), { etag: '"v1"' });
  await start();
  await pass(3 * MINUTE);
  expect(server.requests).toHaveLength(1);
  expect(status()).toMatchObject({ state: 'failed', accepted: 0 });
  restart();
  isFull = false;
  await pass(MINUTE);
  expect(server.requests[1]?.headers).not.toHaveProperty('if-none-match');
  expect(store.ids()).toHaveLength(1);
  stop();
});

test('a thousand new articles at once, ten times what is usual, come once each', async () => {
  const { start, pass, store, status, stop } = looking({ everyMinutes: 1 });
  const articles = Array.from({ length: 1_000 }, (_, at) => ({ id: `n${String(at)}` }));
  sends(rss(articles.slice(0, 100)));
  await start();
  sends(rss(articles));
  await pass(5 * MINUTE);
  expect(new Set(store.ids()).size).toBe(1_000);
  expect(status()).toMatchObject({ received: 1_000, accepted: 1_000, shed: 0 });
  stop();
});

test('100 forced disconnects, a disk that is full now and then and a restart in the middle: every article exactly once', async () => {
  const seed = Number(process.env['SEED'] ?? 20_261_122);
  const random = createRandom(seed);
  const { start, pass, restart, status, store, stop } = looking({ everyMinutes: 1, random });
  store.refuseWhen(() => random() < 0.2);
  const published: Article[] = [];
  let disconnects = 0;
  let restarts = 0;
  server.answer((request, response) => {
    // Something happened since; the document holds the latest hundred, as a feed does.
    for (let more = Math.floor(random() * 4); more > 0; more -= 1)
      published.unshift({ id: `p${String(published.length)}` });
    const text = rss(published.slice(0, 100));
    const etag = `"${String(published.length)}"`;
    const kind = Math.floor(random() * 8);
    if (disconnects < 100 && kind < 6) {
      disconnects += 1;
      const cut = Math.floor(random() * text.length);
      if (kind === 0) return void response.destroy();
      if (kind === 1) return void response.writeHead(503).end();
      if (kind === 2) return void response.writeHead(200, { etag }).end(text.slice(0, cut));
      if (kind === 3) return void request.socket.resetAndDestroy();
      return void response
        .writeHead(200, { etag, 'content-length': text.length })
        .write(text.slice(0, cut), () => response.destroy());
    }
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
    response.writeHead(200, { etag }).end(text);
  });
  await start();
  for (let hour = 0; disconnects < 100; hour += 1) {
    expect(hour, `seed ${String(seed)}`).toBeLessThan(200);
    await pass(30 * MINUTE, 10_000);
    if (restarts === 0 && disconnects > 50) {
      restart();
      restarts += 1;
    }
  }
  await pass(90 * MINUTE, 10_000);
  expect(disconnects).toBe(100);
  expect(restarts).toBe(1);
  expect(shortIds(store).toSorted(), `seed ${String(seed)}`).toEqual(published.map(({ id }) => id).toSorted());
  expect(status().state).toBe('live');
  stop();
}, 60_000);
