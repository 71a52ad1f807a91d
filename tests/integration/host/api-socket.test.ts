import { connect } from 'node:net';
import { expect, test, vi } from 'vitest';
import { ana, ask, ben, startHost } from './start-host.ts';

const INVOKE = { kind: 'invoke', id: 1, endpoint: 'echo', input: { a: 1 } };

test('an invoke reaches the API with its caller, and its reply comes back under its id', async () => {
  const { openPage, calls } = await startHost();
  const page = await openPage();
  await page.outcome;
  page.send(INVOKE);
  expect(await page.next()).toEqual({
    kind: 'reply',
    id: 1,
    reply: { ok: true, value: { operatorId: 'ana', input: { a: 1 } } },
  });
  expect(calls).toEqual([
    {
      caller: { sessionId: expect.stringMatching(/^[0-9a-f]{64}$/), operatorId: 'ana', door: 'browser' },
      endpoint: 'echo',
      input: { a: 1 },
    },
  ]);
  page.send({ ...INVOKE, id: 2, endpoint: 'nothing' });
  expect(await page.next()).toEqual({ kind: 'reply', id: 2, reply: { ok: true, value: null } });
});

test('a handler that throws is a bug that is logged, not told', async () => {
  const { openPage, logLines } = await startHost();
  const page = await openPage();
  await page.outcome;
  page.send({ ...INVOKE, endpoint: 'throws' });
  const frame = await page.next();
  expect(frame).toMatchObject({ kind: 'reply', reply: { ok: false, error: { code: 'Broken' } } });
  expect(JSON.stringify(frame)).not.toContain('secret');
  expect(logLines.join('')).toContain('a secret detail');
});

test('a topic that throws is refused, and its socket goes on', async () => {
  const { openPage, logLines } = await startHost();
  const page = await openPage();
  await page.outcome;
  page.send({ kind: 'subscribe', id: 5, topic: 'throws', params: {} });
  const frame = await page.next();
  expect(frame).toMatchObject({ kind: 'refused', id: 5, error: { code: 'Broken' } });
  expect(JSON.stringify(frame)).not.toContain('secret');
  expect(logLines.join('')).toContain('a secret detail');
  page.send({ kind: 'subscribe', id: 5, topic: 'room', params: {} });
  expect(await page.next()).toMatchObject({ kind: 'payload', id: 5 });
});

test('sessions that cannot be looked up cut their own socket and leave the host standing', async () => {
  const access: { broken: boolean } = { broken: false };
  const { openPage, host, access: real, port, url, signIn } = await startHost();
  const page = await openPage();
  await page.outcome;
  const cookie = await signIn();
  const { sessionById, sessionOf } = real;
  Object.assign(real, {
    sessionById: (id: string) => (access.broken ? fail() : sessionById(id)),
    sessionOf: (value: string) => (access.broken ? fail() : sessionOf(value)),
  });
  access.broken = true;
  page.send(INVOKE);
  expect(await page.closed).toBe(1011);
  const refused = connect(port, '127.0.0.1');
  refused.on('error', () => undefined);
  refused.write(
    `GET /api HTTP/1.1\r\nHost: 127.0.0.1:${String(port)}\r\nOrigin: ${url}\r\nCookie: ${cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  await new Promise((resolve) => refused.once('close', resolve));
  access.broken = false;
  expect(host.connectedOperators()).toEqual([]);
  const again = await openPage();
  expect(await again.outcome).toBe('open');
});

function fail(): never {
  throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR' });
}

test('a subscription pushes until it is ended, and ends with its socket', async () => {
  const { openPage, pushes, ended } = await startHost();
  const page = await openPage();
  await page.outcome;
  page.send({ kind: 'subscribe', id: 5, topic: 'room', params: {} });
  expect(await page.next()).toEqual({ kind: 'payload', id: 5, payload: { first: true, operatorId: 'ana' } });
  pushes[0]?.('second');
  expect(await page.next()).toEqual({ kind: 'payload', id: 5, payload: 'second' });
  page.send({ kind: 'unsubscribe', id: 5 });
  page.send({ kind: 'subscribe', id: 6, topic: 'no-such', params: null });
  expect(await page.next()).toMatchObject({ kind: 'refused', id: 6, error: { code: 'NoSuchTopic' } });
  expect(ended).toEqual(['room']);
  pushes[0]?.('nobody listens any more');
  page.send({ kind: 'subscribe', id: 7, topic: 'alarm', params: null });
  expect(await page.next()).toMatchObject({ kind: 'payload', id: 7 });
  page.socket.terminate();
  await vi.waitFor(() => expect(ended).toEqual(['room', 'alarm']));
});

test.each<[string, string | Buffer]>([
  ['not JSON', '{'],
  ['another shape', '{"kind":"invoke"}'],
  ['an unknown kind', '{"kind":"drop","id":1}'],
  ['too long a name', JSON.stringify({ ...INVOKE, endpoint: 'x'.repeat(65) })],
  ['an extra key', JSON.stringify({ ...INVOKE, extra: 1 })],
  ['empty', ''],
  ['binary', Buffer.from(JSON.stringify(INVOKE))],
])('a frame that is malformed (%s) ends its own socket with 1003 and disturbs nobody', async (_name, frame) => {
  const { openPage, calls } = await startHost();
  const [bad, good] = [await openPage(), await openPage()];
  await Promise.all([bad.outcome, good.outcome]);
  bad.socket.send(frame);
  expect(await bad.closed).toBe(1003);
  expect(calls).toEqual([]);
  good.send(INVOKE);
  expect(await good.next()).toMatchObject({ kind: 'reply', id: 1 });
});

test('8 MiB of evidence pass, more ends the socket with 1009', async () => {
  const { openPage } = await startHost();
  const page = await openPage();
  await page.outcome;
  expect(page.socket.extensions).toBe(''); // no compression: a small frame must not become a large one
  page.send({ ...INVOKE, endpoint: 'nothing', input: 'x'.repeat(8 * 1024 * 1024 - 200) });
  expect(await page.next()).toMatchObject({ kind: 'reply', id: 1, reply: { ok: true } });
  page.socket.send('x'.repeat(16 * 1024 * 1024));
  expect(await page.closed).toBe(1009);
});

test('invalid UTF-8 ends the socket with 1007', async () => {
  const { openPage } = await startHost();
  const page = await openPage();
  await page.outcome;
  page.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
  expect(await page.closed).toBe(1007);
});

test('at most 64 subscriptions and 256 calls at once', async () => {
  const { openPage, waiting } = await startHost();
  const page = await openPage();
  await page.outcome;
  for (let id = 0; id < 65; id += 1) page.send({ kind: 'subscribe', id, topic: 'room', params: null });
  for (let id = 0; id < 64; id += 1) expect(await page.next()).toMatchObject({ kind: 'payload', id });
  expect(await page.next()).toMatchObject({ kind: 'refused', id: 64, error: { code: 'TooManySubscriptions' } });

  for (let id = 0; id < 257; id += 1) page.send({ ...INVOKE, id, endpoint: 'waits' });
  expect(await page.next()).toMatchObject({ kind: 'reply', id: 256, reply: { ok: false, error: { code: 'Busy' } } });
  expect(waiting).toHaveLength(256);
  for (const go of waiting) go();
  for (let id = 0; id < 256; id += 1) expect(await page.next()).toMatchObject({ kind: 'reply', reply: { ok: true } });
  page.send({ kind: 'subscribe', id: 3, topic: 'room', params: null });
  expect(await page.closed).toBe(1003);
});

test('a page that does not read is cut; one large payload or reply alone is not', async () => {
  const { openPage, pushes, ended } = await startHost();
  const [slow, eager] = [await openPage(), await openPage()];
  await Promise.all([slow.outcome, eager.outcome]);
  slow.send({ kind: 'subscribe', id: 1, topic: 'room', params: null });
  await slow.next();
  slow.socket.pause();
  const payload = 'x'.repeat(1024 * 1024);
  await vi.waitFor(
    () => {
      pushes[0]?.(payload);
      expect(ended).toEqual(['room']);
    },
    { timeout: 10_000, interval: 1 },
  );

  eager.send({ kind: 'subscribe', id: 2, topic: 'room', params: null });
  await eager.next();
  pushes[1]?.('x'.repeat(9 * 1024 * 1024));
  expect(await eager.next()).toMatchObject({ kind: 'payload', id: 2 });
  eager.send({ ...INVOKE, endpoint: 'large', input: 50_000_000 });
  const reply = await eager.next();
  expect(reply.kind === 'reply' && reply.reply.ok && String(reply.reply.value).length).toBe(50_000_000);
});

test('a page that no longer answers is cut after two missed questions', async () => {
  const { host, openPage } = await startHost({ limits: { pingEveryMs: 50 } });
  const page = await openPage();
  await page.outcome;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(host.connectedOperators()).toEqual(['ana']);
  page.socket.pause();
  await vi.waitFor(() => expect(host.connectedOperators()).toEqual([]), { timeout: 2000 });
});

test('a revoked operator is cut at once; were the cut forgotten, the next frame would not be answered', async () => {
  const { host, access, openPage, calls } = await startHost();
  const [told, forgotten, other] = [await openPage(), await openPage(), await openPage(access.issueToken(ben))];
  await Promise.all([told.outcome, forgotten.outcome, other.outcome]);
  expect(host.connectedOperators()).toEqual(['ana', 'ben']);

  const sessionIds = access.revokeOperator(ana);
  forgotten.send(INVOKE);
  expect(await forgotten.closed).toBe(4401);
  expect(calls).toEqual([]);
  const startedAt = performance.now();
  expect(host.disconnectSessions(sessionIds)).toBe(1);
  expect(await told.closed).toBe(4401);
  expect(performance.now() - startedAt).toBeLessThan(1000);
  expect(host.connectedOperators()).toEqual(['ben']);
  expect(host.disconnectOperator(ben)).toBe(1);
  expect(await other.closed).toBe(4401);
});

test('a first-run page becomes a person without a new socket, and presence follows', async () => {
  const { host, access, openPage, calls, connectionChanges } = await startHost();
  const page = await openPage(access.issueToken(null));
  await page.outcome;
  page.send(INVOKE);
  expect(await page.next()).toMatchObject({ reply: { value: { operatorId: null } } });
  expect(host.connectedOperators()).toEqual([]);

  const sessionId = calls[0]?.caller.sessionId ?? '';
  expect(access.bindOperator(sessionId, ana)).toBe(true);
  const before = connectionChanges();
  host.refreshSession(sessionId);
  expect(connectionChanges()).toBe(before + 1);
  expect(host.connectedOperators()).toEqual(['ana']);
  page.send({ ...INVOKE, id: 2 });
  expect(await page.next()).toMatchObject({ reply: { value: { operatorId: 'ana' } } });
});

test('the sockets of one operator are limited', async () => {
  const { openPage, access } = await startHost({ limits: { apiSocketsPerOperator: 2 } });
  const pages = [await openPage(), await openPage(), await openPage()];
  expect(await pages[2]?.closed).toBe(1013);
  const other = await openPage(access.issueToken(ben));
  await other.outcome;
  other.send(INVOKE);
  expect(await other.next()).toMatchObject({ reply: { ok: true } });
});

test('200 connections that never finish their headers, or never start them, are cut, and others are served meanwhile', async () => {
  const { port } = await startHost({ limits: { headersTimeoutMs: 1000 } });
  const startedAt = performance.now();
  const cutAt = await (async () => {
    const cuts = Array.from({ length: 200 }, (_, index) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.resume();
      if (index % 2 === 0) socket.write(`GET /api HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nX-`);
      return new Promise<number>((resolve) => socket.once('close', () => resolve(performance.now() - startedAt)));
    });
    expect((await ask(port, { path: '/' })).status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(1000);
    return Promise.all(cuts);
  })();
  expect(Math.max(...cutAt)).toBeLessThan(6000);
});

test('closing the host tells its pages and leaves nobody connected', async () => {
  const { host, openPage, port } = await startHost();
  const page = await openPage();
  await page.outcome;
  const idle = connect(port, '127.0.0.1');
  idle.on('error', () => undefined);
  idle.resume();
  const idleClosed = new Promise((resolve) => idle.once('close', resolve));
  await host.close();
  expect(await page.closed).toBe(1001);
  await idleClosed;
  await expect(ask(port, { path: '/' })).rejects.toThrow();
});
