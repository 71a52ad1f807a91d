import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { ask, startHost } from './start-host.ts';

test('the page comes with a policy whose nonce is its own, and is never stored', async () => {
  const { port } = await startHost();
  const first = await ask(port, { path: '/' });
  const second = await ask(port, { path: '/index.html' });
  const nonces = [first, second].map(
    (answer) => /nonce-([A-Za-z0-9+/=]+)'/.exec(answer.headers['content-security-policy'] as string)?.[1],
  );
  expect(nonces[0]).not.toBe(nonces[1]);
  expect(first.body).toContain(`content="${nonces[0]}"`);
  expect(first.body).not.toContain('__NONCE__');
  expect(first.headers['content-security-policy']).toBe(
    [
      "default-src 'none'",
      "script-src 'self'",
      `style-src 'self' 'nonce-${nonces[0]}'`,
      "style-src-attr 'unsafe-inline'",
      "img-src 'self' data:",
      "font-src 'self'",
      `connect-src 'self' ws://127.0.0.1:${port} wss://127.0.0.1:${port}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      'trusted-types svelte-trusted-html',
    ].join('; '),
  );
  expect(first.headers['cache-control']).toBe('no-store');
});

test.each(['/', '/plain.js', '/nothing', '/session', '/api'])(
  '%s carries the headers that every response has',
  async (path) => {
    const { port } = await startHost();
    expect((await ask(port, { path })).headers).toMatchObject({
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()'),
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
  },
);

test('names with a hash are kept for ever, others are asked for again', async () => {
  const { port } = await startHost();
  const hashed = await ask(port, { path: '/assets/index-Ab12_cd3.js' });
  expect(hashed.headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': 'text/javascript; charset=utf-8',
  });
  expect((await ask(port, { path: '/plain.js?v=1' })).headers['cache-control']).toBe('no-cache');
  const head = await ask(port, { method: 'HEAD', path: '/plain.js' });
  expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '10', '']);
  expect((await ask(port, { method: 'POST', path: '/', body: '{}' })).status).toBe(405);
});

test.each([
  '/../outside.json',
  '/assets/../../outside.json',
  '/%2e%2e/outside.json',
  '/..%2foutside.json',
  '/..%5coutside.json',
  '/..\\outside.json',
  '//outside.json',
  '/./index.html',
  '/link.json',
  '/.hidden/secret.json',
  '/room.db',
  '/assets',
  '/assets/',
  '/index.html/',
  '/index.html%00.js',
  `/${'a'.repeat(5000)}.js`,
])('%s finds nothing', async (path) => {
  const { port } = await startHost();
  const answer = await rawGet(port, path);
  expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  expect(answer).not.toContain('secret');
});

test('a target that is no path of ours is refused', async () => {
  const { port } = await startHost();
  expect(await rawGet(port, 'http://evil.test/')).toMatch(/^HTTP\/1\.1 400 /);
  expect(await rawGet(port, '*')).toMatch(/^HTTP\/1\.1 400 /);
});

/** Exactly this target: every client library would tidy it up first. */
function rawGet(port: number, target: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => (text += data.toString('latin1')));
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
    socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
  });
}
