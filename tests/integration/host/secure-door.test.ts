import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { instant, Sha256Hex } from '../../../shared/base/ids.ts';
import { openOwnCertificate } from '../../../src-main/identity/certificate-own.ts';
import { certificateFingerprint, type Certificate } from '../../../src-main/identity/certificate.ts';
import { connectPinned } from '../../../src-main/identity/certificate-pin.ts';
import { unwrap } from '../../support/unwrap.ts';
import { ana, cookieOf, startHost } from './start-host.ts';

const TIMEOUT_MS = 10_000;

function newCertificate(): Certificate {
  const keysDir = mkdtempSync(join(tmpdir(), 'firebreak-tls-'));
  onTestFinished(() => rmSync(keysDir, { recursive: true }));
  return unwrap(
    openOwnCertificate(keysDir, { names: ['localhost', '127.0.0.1'], now: instant(Date.now()), randomBytes }),
  );
}

async function pinned(port: number, pin: Sha256Hex): Promise<TLSSocket> {
  return unwrap(await connectPinned({ host: '127.0.0.1', port, pin, timeoutMs: TIMEOUT_MS }));
}

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** One request over a connection whose certificate was compared. */
async function ask(port: number, pin: Sha256Hex, { method = 'GET', path, headers = {}, body }: Asked) {
  const socket = await pinned(port, pin);
  return new Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: string }>(
    (resolve, reject) => {
      const json = body === undefined ? {} : { 'content-type': 'application/json' };
      const sent = secureRequest(
        { createConnection: () => socket, host: '127.0.0.1', port, method, path, headers: { ...json, ...headers } },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
          response.on('end', () => {
            socket.destroy();
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    },
  );
}

test('https and wss by the own certificate: the page, a session whose cookie stays on TLS, and its socket', async () => {
  const certificate = newCertificate();
  const { url, port, access, host } = await startHost({ certificate });
  const { fingerprint } = certificate;
  expect(url).toBe(`https://127.0.0.1:${port}`);
  expect(host.certificate()).toBe(fingerprint);
  const page = await ask(port, fingerprint, { path: '/' });
  expect(page.status).toBe(200);
  expect(page.headers['content-security-policy']).toContain(`connect-src 'self' wss://127.0.0.1:${port};`);
  expect(page.headers['strict-transport-security'], 'a certificate of our own promises nothing').toBeUndefined();

  const body = JSON.stringify({ token: access.issueToken(ana) });
  const signedIn = await ask(port, fingerprint, { method: 'POST', path: '/session', headers: { origin: url }, body });
  expect(signedIn.status).toBe(200);
  for (const cookie of signedIn.headers['set-cookie'] ?? []) expect(cookie).toMatch(/; Secure$/);

  const connection = await pinned(port, fingerprint);
  const socket = new WebSocket(`wss://127.0.0.1:${port}/api`, {
    createConnection: () => connection,
    headers: { origin: url, cookie: cookieOf(signedIn.headers) },
  });
  socket.on('open', () => socket.send(JSON.stringify({ kind: 'invoke', id: 1, endpoint: 'echo', input: 7 })));
  const frame = await new Promise<string>((resolve, reject) => {
    socket.once('message', (data: Buffer) => resolve(data.toString('utf8')));
    socket.once('error', reject);
  });
  expect(JSON.parse(frame)).toMatchObject({ kind: 'reply', reply: { ok: true, value: { operatorId: 'ana' } } });
  socket.terminate();
});

test('another certificate than the pinned one is found out before a byte is sent', async () => {
  const certificate = newCertificate();
  const { port, logLines } = await startHost({ certificate });
  const wrong = Sha256Hex.parse('0'.repeat(64));
  const refused = await connectPinned({ host: '127.0.0.1', port, pin: wrong, timeoutMs: TIMEOUT_MS });
  expect(refused).toEqual({
    ok: false,
    error: { type: 'CertificateNotPinned', shown: certificate.fingerprint },
  });
  expect(logLines.join('')).not.toContain('"request"');
});

test('without a pin the own certificate is taken for nobody, as by every other program', async () => {
  const { port } = await startHost({ certificate: newCertificate() });
  const refused = await connectPinned({ host: '127.0.0.1', port, pin: null, timeoutMs: TIMEOUT_MS });
  expect(refused).toMatchObject({ ok: false, error: { type: 'HostUnreachable' } });
});

test('TLS 1.3 is spoken, 1.2 still, nothing below, and plain HTTP gets no answer', async () => {
  const { port } = await startHost({ certificate: newCertificate() });
  const spoken = (options: object) =>
    new Promise<string | null>((resolve) => {
      const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options }, () => {
        resolve(socket.getProtocol());
        socket.destroy();
      });
      socket.on('error', () => resolve(null));
    });
  expect(await spoken({})).toBe('TLSv1.3');
  expect(await spoken({ maxVersion: 'TLSv1.2' })).toBe('TLSv1.2');
  const oldest = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
  expect(await spoken(oldest)).toBeNull();
  const plain = await new Promise<'answered' | 'cut'>((resolve) => {
    const sent = plainRequest({ host: '127.0.0.1', port, agent: false }, () => resolve('answered'));
    sent.on('error', () => resolve('cut'));
    sent.end();
  });
  expect(plain).toBe('cut');
});

test('DNS rebinding over TLS: another name for the same address is not answered, nor is a page of it', async () => {
  const certificate = newCertificate();
  const { port } = await startHost({ certificate, allowedHosts: ['relay.example'] });
  const statusOf = async (headers: Record<string, string>) =>
    (await ask(port, certificate.fingerprint, { path: '/session', headers })).status;
  expect(await statusOf({ host: `evil.test:${port}` })).toBe(421);
  expect(await statusOf({ origin: `https://evil.test:${port}` })).toBe(403);
  expect(await statusOf({ host: 'relay.example', origin: 'https://relay.example' })).toBe(200);
});

test('a certificate that is vouched for is promised for later, except on localhost; a renewed one is shown at once', async () => {
  const [first, second] = [newCertificate(), newCertificate()];
  const { port, host } = await startHost({ certificate: { ...first, selfSigned: false } });
  const strict = async (pin: Sha256Hex, name: string) =>
    (await ask(port, pin, { path: '/', headers: { host: `${name}:${port}` } })).headers['strict-transport-security'];
  expect(await strict(first.fingerprint, '127.0.0.1')).toBe('max-age=31536000');
  expect(await strict(first.fingerprint, 'localhost')).toBeUndefined();

  host.renewCertificate(second);
  expect(host.certificate()).toBe(second.fingerprint);
  const shown = await connectPinned({ host: '127.0.0.1', port, pin: first.fingerprint, timeoutMs: TIMEOUT_MS });
  expect(shown).toMatchObject({ ok: false, error: { shown: second.fingerprint } });
  expect((await ask(port, second.fingerprint, { path: '/' })).status).toBe(200);
});

test('the fingerprint is that of the whole certificate, so a renewed one with the same key is another', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = publicKey.export({ type: 'spki', format: 'der' });
  expect(certificateFingerprint(der)).toMatch(/^[0-9a-f]{64}$/);
  expect(newCertificate().fingerprint).not.toBe(newCertificate().fingerprint);
});
