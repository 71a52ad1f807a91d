import { expect, test } from 'vitest';
import type { WebhookReply, WebhookRequest } from '../../../src-main/commands/ports.ts';
import { ask, startHost } from './start-host.ts';

/** A host whose only feed is `desk`; what it was handed, and what it answers. */
async function hostWithFeed(answer: WebhookReply = { status: 202, body: { taken: 1 } }) {
  const handed: WebhookRequest[] = [];
  const started = await startHost({
    webhooks(feedId, request) {
      if (feedId !== 'desk') return null;
      handed.push(request);
      return answer;
    },
  });
  const post = (path: string, body = '{}', headers: Record<string, string> = {}) =>
    ask(started.port, { method: 'POST', path, body, headers });
  return { ...started, handed, post };
}

test('a webhook needs neither cookie nor Origin, and its feed gets headers and bytes as they came', async () => {
  const { post, handed, logLines } = await hostWithFeed();
  const sent = await post('/feeds/desk', '{"text": "Grüße"}', {
    'firebreak-signature': 'v1=abc',
    cookie: 'a=secret',
  });
  expect([sent.status, sent.body]).toEqual([202, '{"taken":1}']);
  expect(sent.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  expect(Buffer.from(handed[0]?.body ?? []).toString('utf8')).toBe('{"text": "Grüße"}');
  expect(handed[0]?.headers['firebreak-signature']).toBe('v1=abc');
  expect(handed[0]?.headers).not.toHaveProperty('cookie');
  expect(logLines.join('')).not.toMatch(/v1=abc|Grüße|secret/);
});

test('only POST, only feeds that there are, only our own name, and never another site', async () => {
  const { post, port, handed } = await hostWithFeed();
  expect((await ask(port, { path: '/feeds/desk' })).status).toBe(405);
  for (const path of ['/feeds/other', '/feeds/', '/feeds/../session', '/feeds/Desk', `/feeds/${'x'.repeat(80)}`])
    expect((await post(path)).status, path).toBe(404);
  expect((await post('/feeds/desk', '{}', { host: 'evil.test' })).status).toBe(421);
  expect((await post('/feeds/desk', '{}', { origin: 'https://evil.test' })).status).toBe(403);
  expect(handed).toEqual([]);
});

test('a body of more than 1 MB is refused, whether its length is told or not', async () => {
  const { port, post, handed } = await hostWithFeed();
  expect((await post('/feeds/desk', 'x'.repeat(1024 * 1024))).status).toBe(202);
  expect((await post('/feeds/desk', 'x'.repeat(1024 * 1024 + 1))).status).toBe(413);
  const piece = new Uint8Array(256 * 1024);
  const endless = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(piece) });
  const streamed = fetch(`http://127.0.0.1:${String(port)}/feeds/desk`, {
    method: 'POST',
    body: endless,
    duplex: 'half',
  } as RequestInit);
  // Who goes on sending is cut; whether the answer still arrives is up to the sender's client.
  expect(
    await streamed.then(
      ({ status }) => status,
      () => 'cut',
    ),
  ).toSatisfy((said) => said === 413 || said === 'cut');
  expect(handed).toHaveLength(1);
});

test('whoever fails again and again has to wait, and whoever floods, too', async () => {
  const { post, pass } = await hostWithFeed({ status: 401, body: { error: 'No.' } });
  const said: number[] = [];
  for (let attempt = 0; attempt < 8; attempt += 1) said.push((await post('/feeds/desk')).status);
  expect(said).toEqual([401, 401, 401, 401, 401, 401, 429, 429]);
  pass(600);
  expect((await post('/feeds/desk')).status).toBe(401);
});

test('more than 50 requests a second for long are slowed down', async () => {
  const { post, pass, handed } = await hostWithFeed();
  const answers = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const said: number[] = [];
      for (let attempt = 0; attempt < 40; attempt += 1) said.push((await post('/feeds/desk')).status);
      return said;
    }),
  );
  expect(answers.flat().filter((status) => status === 202)).toHaveLength(200);
  expect(answers.flat().filter((status) => status === 429)).toHaveLength(120);
  expect(handed).toHaveLength(200);
  pass(1_000);
  expect((await post('/feeds/desk')).status).toBe(202);
});
