import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ana, ask, cookieOf, openSocket, startHost } from './start-host.ts';

type Origin = 'ours' | 'evil' | 'null' | 'absent';
type Credential = 'cookie' | 'nothing';

const EVIL = 'http://evil.test';

function originHeader(origin: Origin, url: string): Record<string, string> {
  if (origin === 'absent') return {};
  return { origin: { ours: url, evil: EVIL, null: 'null' }[origin] };
}

test.each<[host: string, status: number]>([
  ['127.0.0.1:PORT', 200],
  ['localhost:PORT', 200],
  ['[::1]:PORT', 200],
  ['evil.test', 421],
  ['evil.test:PORT', 421],
  ['127.0.0.1', 421],
  ['127.0.0.1:1', 421],
])('Host %s is answered with %d, on every path and for every upgrade', async (host, status) => {
  const { port, signIn, syncRequests, calls } = await startHost();
  const headers = { host: host.replace('PORT', String(port)) };
  for (const path of ['/', '/session', '/plain.js']) expect((await ask(port, { path, headers })).status).toBe(status);
  if (status === 200) return;
  const withOrigin = { ...headers, origin: `http://${headers.host}`, cookie: await signIn() };
  for (const path of ['api', 'yjs/workspace/notes?token=x']) {
    expect(await openSocket(`ws://127.0.0.1:${port}/${path}`, withOrigin).outcome).toBe(421);
  }
  expect([syncRequests, calls]).toEqual([[], []]);
});

test.each<[Origin, Credential, 'open' | number, number | null]>([
  ['ours', 'cookie', 'open', null],
  ['ours', 'nothing', 'open', 4401],
  ['evil', 'cookie', 403, null],
  ['evil', 'nothing', 403, null],
  ['null', 'cookie', 403, null],
  ['absent', 'cookie', 403, null],
  ['absent', 'nothing', 403, null],
])('the API socket with Origin %s and %s: %s, close code %s', async (origin, credential, outcome, code) => {
  const { url, openApi, signIn, calls } = await startHost();
  const headers: Record<string, string> = originHeader(origin, url);
  if (credential === 'cookie') headers['cookie'] = await signIn();
  const page = openApi(headers);
  expect(await page.outcome).toBe(outcome);
  if (code !== null) expect(await page.closed).toBe(code);
  expect(calls).toEqual([]);
});

test.each<[Origin, 'open' | number]>([
  ['ours', 'open'],
  ['absent', 'open'],
  ['evil', 403],
  ['null', 403],
])(
  'the sync endpoint with Origin %s: %s; it sees the token, and a cookie only from our own page',
  async (origin, outcome) => {
    const { url, port, syncRequests } = await startHost();
    const cookie = `firebreak_session_${port}=abc`;
    const headers = { ...originHeader(origin, url), cookie };
    expect(await openSocket(`ws://127.0.0.1:${port}/yjs/workspace/notes?token=t`, headers).outcome).toBe(outcome);
    const seen =
      outcome === 'open'
        ? [{ url: '/yjs/workspace/notes?token=t', cookie: origin === 'ours' ? cookie : undefined }]
        : [];
    expect(syncRequests).toEqual(seen);
  },
);

test.each<[Origin, number]>([
  ['ours', 200],
  ['absent', 200],
  ['evil', 403],
  ['null', 403],
])('signing in with a token and Origin %s: %d', async (origin, status) => {
  const { url, port, access } = await startHost();
  const body = JSON.stringify({ token: access.issueToken(ana) });
  const answer = await ask(port, { method: 'POST', path: '/session', headers: originHeader(origin, url), body });
  expect(answer.status).toBe(status);
});

test('an upgrade to anywhere else is refused', async () => {
  const { port, url } = await startHost();
  for (const path of ['', 'yjs', 'apix', 'session']) {
    expect(await openSocket(`ws://127.0.0.1:${port}/${path}`, { origin: url }).outcome).toBe(404);
  }
});

test('the cookie carries the port, cannot be read by the page and is not sent along by other sites', async () => {
  const { port, access } = await startHost();
  const token = access.issueToken(ana);
  const answer = await ask(port, { method: 'POST', path: '/session', body: JSON.stringify({ token }) });
  expect(answer.headers['set-cookie']?.[0]).toMatch(
    new RegExp(`^firebreak_session_${port}=[A-Za-z0-9_-]{43}; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000$`),
  );
  expect(JSON.parse(answer.body)).toEqual({ signedIn: true, operatorId: 'ana', device: 'cookie', proveWithinMs: null });
  expect(answer.headers['cache-control']).toBe('no-store');

  const cookie = cookieOf(answer.headers);
  const asked = await ask(port, { path: '/session', headers: { cookie } });
  expect(JSON.parse(asked.body)).toMatchObject({ signedIn: true, operatorId: 'ana', device: 'cookie' });
  const stranger = await ask(port, { path: '/session' });
  expect(JSON.parse(stranger.body)).toMatchObject({ signedIn: false, operatorId: null });
});

test('signing out needs our own Origin, ends the session and cuts its socket', async () => {
  const { port, url, signIn, openApi } = await startHost();
  const cookie = await signIn();
  const page = openApi({ cookie, origin: url });
  await page.outcome;
  expect((await ask(port, { method: 'DELETE', path: '/session', headers: { cookie } })).status).toBe(403);
  const out = await ask(port, { method: 'DELETE', path: '/session', headers: { cookie, origin: url } });
  expect(out.status).toBe(200);
  expect(out.headers['set-cookie']?.[0]).toMatch(/=; HttpOnly; SameSite=Strict; Path=\/; Max-Age=0$/);
  expect(await page.closed).toBe(4401);
  const replayed = openApi({ cookie, origin: url });
  expect(await replayed.closed).toBe(4401);
});

test('signing in again replaces the session of that browser', async () => {
  const { port, url, access, signIn } = await startHost();
  const token = access.issueToken(ana);
  const cookie = await signIn(token);
  await ask(port, {
    method: 'POST',
    path: '/session',
    headers: { cookie, origin: url },
    body: JSON.stringify({ token }),
  });
  const asked = await ask(port, { path: '/session', headers: { cookie } });
  expect(JSON.parse(asked.body)).toMatchObject({ signedIn: false, operatorId: null });
});

test('what is not a sign-in is refused with a sentence', async () => {
  const { port } = await startHost();
  const post = (body: string, headers = {}) => ask(port, { method: 'POST', path: '/session', body, headers });
  expect((await post('{"token":"fb_wrong"}')).status).toBe(401);
  expect((await post('{"token":7}')).status).toBe(400);
  expect((await post('{"token":"a","more":1}')).status).toBe(400);
  expect((await post('{')).status).toBe(400);
  expect((await post('{"token":"a"}', { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await post(JSON.stringify({ token: 'x'.repeat(5000) }))).status).toBe(413);
  expect((await ask(port, { method: 'PUT', path: '/session', body: '{}' })).status).toBe(405);
  expect((await post('{"token":"fb_wrong"}')).body).toContain('not valid any more');
});

test('failures are slowed down, and a wait later the right token works', async () => {
  const { port, access, pass } = await startHost();
  const post = (token: string) => ask(port, { method: 'POST', path: '/session', body: JSON.stringify({ token }) });
  const statuses = [];
  for (let attempt = 0; attempt < 8; attempt += 1) statuses.push((await post('fb_wrong')).status);
  expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 429, 429]);
  const token = access.issueToken(ana);
  const early = await post(token);
  expect([early.status, early.headers['retry-after']]).toEqual([429, '1']);
  pass(1000);
  expect((await post(token)).status).toBe(200);
});

test('no token, cookie or query reaches the log or the disk', async () => {
  const { port, url, access, signIn, openApi, logLines, folder } = await startHost();
  const token = access.issueToken(ana);
  const cookie = await signIn(token);
  await ask(port, { path: `/?token=${token}` });
  await openSocket(`ws://127.0.0.1:${port}/yjs/workspace/notes?token=${token}`, {}).outcome;
  await openApi({ cookie, origin: url }).outcome;
  const log = logLines.join('');
  expect(log).toContain('/yjs/workspace/notes');
  const disk = readdirSync(join(folder, 'keys')).map((name) =>
    readFileSync(join(folder, 'keys', name)).toString('latin1'),
  );
  for (const secret of [token, token.slice(3), cookie.split('=')[1] ?? '', '?token']) {
    expect(log).not.toContain(secret);
    if (secret !== '?token') for (const bytes of disk) expect(bytes).not.toContain(secret);
  }
});

test('a port that is taken is said in a sentence', async () => {
  const { port } = await startHost();
  const other = await startHost();
  await other.host.close();
  await expect(other.host.listen({ port, host: '127.0.0.1' })).rejects.toThrow(/already in use/);
});
