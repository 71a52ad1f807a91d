import { createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { WebhookReply } from '../../../src-main/commands/ports.ts';
import { createWebhookFeed } from '../../../src-main/feeds/webhook/webhook-feed.ts';
import { startFeedServer, type FeedServer } from '../../support/feed-server.ts';
import { createFeedStore } from '../../support/feed-store.ts';
import { createFakeTime, createRandom, FEED } from '../../support/mention-fixtures.ts';

const SECRET = 'a secret of this test';
const servers: FeedServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

function receiving({
  secret = SECRET,
  store = createFeedStore(),
}: { readonly secret?: string | null; readonly store?: ReturnType<typeof createFeedStore> } = {}) {
  const time = createFakeTime();
  const settings = { feedId: FEED, name: 'Press clippings', address: '/feeds/press' };
  const begin = () => createWebhookFeed(settings, { ...time, random: () => 0, cursor: store.cursor() }, secret);
  let feed = begin();
  feed.start(store.sink);
  return {
    time,
    store,
    feed: () => feed,
    restart() {
      feed.stop();
      feed = begin();
      feed.start(store.sink);
    },
    /** Signs and hands over, as the host's door does. */
    send: (body: unknown, how: Parameters<typeof signed>[2] = {}) => feed.receive(signed(body, time.clock.now(), how)),
  };
}

interface How {
  readonly secret?: string;
  readonly signedAt?: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** What arrives in place of what was signed. */
  readonly arrives?: Uint8Array;
}

function signed(content: unknown, now: number, { secret = SECRET, signedAt = now, headers = {}, arrives }: How = {}) {
  const body = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
  const timestamp = String(Math.floor(signedAt / 1000));
  const signature = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
  const own = { 'firebreak-timestamp': timestamp, 'firebreak-signature': `v1=${signature}` };
  return { headers: { ...own, ...headers }, body: arrives ?? body };
}

const errorOf = ({ body }: WebhookReply): string => z.object({ error: z.string() }).parse(body).error;
const record = (id: string) => ({ id, text: `text of ${id}`, channel: 'x' });

test('the signature is what anybody can compute who has read how', () => {
  const { feed, time } = receiving();
  // printf '1760000000.{"text":"hello"}' | openssl dgst -sha256 -hmac 'a secret of this test'
  const signature = 'v1=21010ca5dc72b7a437710c7ac982dd6ec0f7e23cb1c5f6ecd7439538fabb1379';
  expect(Math.floor(time.clock.now() / 1000)).toBe(1_760_000_000);
  const headers = { 'firebreak-timestamp': '1760000000', 'firebreak-signature': signature };
  expect(feed().receive({ headers, body: Buffer.from('{"text":"hello"}') })).toEqual({
    status: 202,
    body: { taken: 1, refused: 0, problems: [] },
  });
});

test('takes one record or a batch, and names the records that it cannot read while it takes the others', () => {
  const { send, store, feed } = receiving();
  expect(send(record('a')).status).toBe(202);
  const reply = send([record('b'), { id: 'c' }, 'text', { ...record('d'), observedAt: 'yesterday' }, record('e')]);
  expect(reply).toEqual({
    status: 202,
    body: {
      taken: 2,
      refused: 3,
      problems: [
        { index: 1, reason: 'text: is missing' },
        { index: 2, reason: 'the record is not an object with fields' },
        { index: 3, reason: 'observedAt: is not a time we can read: "yesterday"' },
      ],
    },
  });
  expect(store.ids()).toEqual(['a', 'b', 'e']);
  expect(store.posts[0]).toMatchObject({ channel: 'x', as: 'live' });
  expect(feed().status()).toMatchObject({ kind: 'webhook', accepted: 3, skipped: 3, address: '/feeds/press' });
});

test('what its source saw long ago is history', () => {
  const { send, store, time } = receiving();
  send([record('new'), { ...record('old'), observedAt: new Date(time.clock.now() - 3_600_000).toISOString() }]);
  expect(store.posts.map(({ id, as }) => [id, as])).toEqual([
    ['old', 'history'],
    ['new', 'live'],
  ]);
});

describe('refuses', () => {
  test.each<[string, How, string]>([
    ['another secret', { secret: 'guessed' }, 'The signature is not the one'],
    [
      'a body that was changed on the way',
      { arrives: Buffer.from('{"text":"other"}') },
      'The signature is not the one',
    ],
    [
      'a timestamp that was changed on the way',
      { headers: { 'firebreak-timestamp': '1760000001' } },
      'The signature is not the one',
    ],
    ['no signature', { headers: { 'firebreak-signature': undefined } }, 'must be v1='],
    ['half a signature', { headers: { 'firebreak-signature': 'v1=abcdef' } }, 'must be v1='],
    ['no timestamp', { headers: { 'firebreak-timestamp': undefined } }, 'firebreak-timestamp'],
    ['a timestamp of words', { headers: { 'firebreak-timestamp': 'now' } }, 'firebreak-timestamp'],
    ['what was signed six minutes ago', { signedAt: 1_760_000_000_000 - 6 * 60_000 }, 'more than five minutes'],
    ['what will be signed in six minutes', { signedAt: 1_760_000_000_000 + 6 * 60_000 }, 'more than five minutes'],
  ])('%s with 401 and a sentence', (_, how, sentence) => {
    const { send, store } = receiving();
    const reply = send(record('a'), how);
    expect(reply.status).toBe(401);
    expect(errorOf(reply)).toContain(sentence);
    expect(JSON.stringify(reply)).not.toContain(SECRET);
    expect(store.posts).toEqual([]);
  });

  test('everything while there is no secret, and while it is stopped', () => {
    const { send, feed } = receiving({ secret: null });
    expect(send(record('a'), { secret: '' })).toMatchObject({ status: 401 });
    expect(errorOf(send(record('a')))).toBe('This feed has no secret yet. Make one in the settings and sign with it.');
    feed().stop();
    expect(send(record('a')).status).toBe(503);
  });

  test.each<[string, unknown, number]>([
    ['no JSON', Buffer.from('{"text":'), 400],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400],
    ['a number', 7, 400],
    ['null', null, 400],
    ['only records that cannot be read', [{}, {}], 400],
    ['nesting without end', Buffer.from('['.repeat(100_000)), 400],
    ['more than 1,000 records', Array.from({ length: 1_001 }, (_, at) => record(String(at))), 413],
    ['more than 1 MB', Buffer.from(`[${' '.repeat(1024 * 1024)}]`), 413],
  ])('%s', (_, body, status) => {
    const { send, store } = receiving();
    expect(send(body).status).toBe(status);
    expect(store.posts).toEqual([]);
  });

  test('a flood with 429, and takes up again after a moment', () => {
    const { send, time } = receiving();
    const replies = Array.from({ length: 200 }, (_, at) => send(record(String(at))).status);
    expect(replies.slice(0, 50).every((status) => status === 202)).toBe(true);
    expect(replies.at(-1)).toBe(429);
    time.pass(1_000);
    expect(send(record('later')).status).toBe(202);
  });
});

describe('a request that comes again', () => {
  test('is refused with 409, after a restart too, and never gets through when its time is over', () => {
    const { restart, feed, time, store } = receiving();
    const request = signed(record('a'), time.clock.now());
    expect(feed().receive(request).status).toBe(202);
    expect(feed().receive(request).status).toBe(409);
    restart();
    expect(feed().receive(request).status).toBe(409);
    time.pass(299_000);
    expect(feed().receive(request).status).toBe(409);
    time.pass(2_000);
    expect(feed().receive(request).status).toBe(401);
    expect(store.ids()).toEqual(['a']);
  });

  test('is taken when it could not be stored before', () => {
    const { feed, time, store } = receiving();
    let isFull = true;
    store.refuseWhen(() => isFull);
    const request = signed(record('a'), time.clock.now());
    expect(feed().receive(request).status).toBe(503);
    expect(feed().status().state).toBe('failed');
    isFull = false;
    expect(feed().receive(request).status).toBe(202);
    expect(feed().status()).toMatchObject({ state: 'live', accepted: 1 });
  });

  test('counts its mentions once when it was signed anew', () => {
    const { send, time, store, feed } = receiving();
    send([record('a'), record('b')]);
    time.pass(10_000);
    expect(send([record('a'), record('b')]).status).toBe(202);
    expect(store.ids()).toEqual(['a', 'b']);
    expect(feed().status().accepted).toBe(2);
  });

  test('is refused among thousands too, and what is remembered of them stays small', () => {
    const { send, feed, time, store } = receiving();
    const first = signed(record('first'), time.clock.now());
    expect(feed().receive(first).status).toBe(202);
    for (let at = 0; at < 2_500; at += 1) {
      time.pass(100);
      expect(send(record(String(at))).status).toBe(202);
    }
    expect(JSON.stringify(store.cursor()).length).toBeLessThan(50_000);
    expect(feed().receive(first).status).toBe(401);
    expect(store.ids()).toHaveLength(2_501);
  });
});

test('100 forced disconnects, a disk that is full now and then and a restart in the middle: every mention exactly once', async () => {
  const seed = Number(process.env['SEED'] ?? 20_261_122);
  const random = createRandom(seed);
  const server = await startFeedServer();
  servers.push(server);
  const { feed, restart, time, store } = receiving();
  store.refuseWhen(() => random() < 0.2);
  let disconnects = 0;
  let restarts = 0;
  server.answer((request, response) => {
    const isCut = disconnects < 100 && random() < 0.6;
    const when = isCut ? (['before', 'during', 'after'] as const)[Math.floor(random() * 3)] : 'never';
    if (isCut) disconnects += 1;
    if (when === 'before') return void request.socket.resetAndDestroy();
    void bodyOf(request).then((body) => {
      // Half of what was sent arrived, and the connection is gone.
      if (when === 'during') feed().receive({ headers: headersOf(request), body: body.subarray(0, body.length >> 1) });
      if (when === 'during') return void request.socket.destroy();
      const reply = feed().receive({ headers: headersOf(request), body });
      if (disconnects > 50 && restarts === 0) {
        restarts += 1;
        restart();
      }
      // Taken and on the disk, and the sender never hears of it.
      if (when === 'after') return void request.socket.destroy();
      response.writeHead(reply.status).end(JSON.stringify(reply.body));
    });
  });

  const sent: string[] = [];
  for (let batch = 0; disconnects < 100; batch += 1) {
    const records = Array.from({ length: 1 + Math.floor(random() * 5) }, (_, at) =>
      record(`${String(batch)}-${String(at)}`),
    );
    sent.push(...records.map(({ id }) => id));
    let request = signed(records, time.clock.now());
    for (let attempt = 1; ; attempt += 1) {
      expect(attempt, `seed ${String(seed)}`).toBeLessThan(200);
      const { headers, body } = request;
      const status = await fetch(server.url, { method: 'POST', headers, body: Buffer.from(body) }).then(
        (response) => response.status,
        () => null,
      );
      if (status === 202 || status === 409) break;
      time.pass(1_000);
      // Some senders sign each attempt, others send the same bytes again.
      if (status === 401 || random() < 0.5) request = signed(records, time.clock.now());
    }
  }
  expect(restarts).toBe(1);
  expect(store.ids(), `seed ${String(seed)}`).toEqual(sent);
}, 60_000);

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function headersOf(request: IncomingMessage): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
}
