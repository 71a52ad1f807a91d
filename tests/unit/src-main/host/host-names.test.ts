import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { createHostNames } from '../../../../src-main/host/host-names.ts';

const names = createHostNames({ host: '127.0.0.1', port: 4100 }, ['war.example', 'other.example:9000']);

function request(headers: Record<string, string>, localAddress?: string): IncomingMessage {
  return { headers, socket: { localAddress } } as unknown as IncomingMessage;
}

test.each([
  '127.0.0.1:4100',
  'localhost:4100',
  'LocalHost:4100',
  '[::1]:4100',
  'war.example',
  'war.example:4100',
  'other.example:9000',
])('Host %s is ours, and so is its Origin', (host) => {
  expect(names.hostOf(request({ host }))).toBe(host.toLowerCase());
  expect(names.originOf(request({ origin: `http://${host}` }))).toBe('ours');
  expect(names.originOf(request({ origin: `https://${host}` }))).toBe('ours');
});

test.each([
  'evil.test',
  'evil.test:4100',
  '127.0.0.1',
  '127.0.0.1:4101',
  'localhost',
  'localhost.evil.test:4100',
  '127.0.0.1:4100.evil.test',
  'other.example',
  '0.0.0.0:4100',
  '',
])('Host "%s" is not, and neither is its Origin', (host) => {
  expect(names.hostOf(request({ host }))).toBeNull();
  expect(names.originOf(request({ origin: `http://${host}` }))).toBe('foreign');
});

test.each([
  'null',
  'file://',
  'app://127.0.0.1:4100',
  'http://127.0.0.1:4100/',
  'http://a@127.0.0.1:4100',
  'http://127.0.0.1:4100 http://evil.test',
])('Origin %s is foreign', (origin) => expect(names.originOf(request({ origin }))).toBe('foreign'));

test('no Origin is told apart from a foreign one; no Host is refused', () => {
  expect(names.originOf(request({}))).toBe('absent');
  expect(names.hostOf(request({}))).toBeNull();
});

test('on port 80 browsers leave the port out', () => {
  const plain = createHostNames({ host: '127.0.0.1', port: 80 }, []);
  expect(plain.hostOf(request({ host: 'localhost' }))).toBe('localhost');
});

test('a name that was given with the port of https is ours as browsers write it', () => {
  const behindProxy = createHostNames({ host: '127.0.0.1', port: 4100 }, ['war.example:443']);
  for (const host of ['war.example', 'war.example:443']) expect(behindProxy.hostOf(request({ host }))).toBe(host);
  expect(behindProxy.originOf(request({ origin: 'https://war.example' }))).toBe('ours');
  expect(behindProxy.hostOf(request({ host: 'war.example:4100' }))).toBeNull();
});

test('with TLS it is port 443 that browsers leave out', () => {
  const secure = createHostNames({ host: '192.168.1.20', port: 443, encrypted: true }, []);
  expect(secure.hostOf(request({ host: '192.168.1.20' }))).toBe('192.168.1.20');
  const plain = createHostNames({ host: '192.168.1.20', port: 443 }, []);
  expect(plain.hostOf(request({ host: '192.168.1.20' }))).toBeNull();
});

test.each([
  ['192.168.1.20', '192.168.1.20:4100'],
  ['::ffff:192.168.1.20', '192.168.1.20:4100'],
  ['fd00::20', '[fd00::20]:4100'],
])('on all addresses, the literal one that a connection came in at (%s) is ours', (localAddress, host) => {
  const wildcard = createHostNames({ host: '::', port: 4100 }, []);
  expect(wildcard.hostOf(request({ host }, localAddress))).toBe(host);
  expect(wildcard.originOf(request({ origin: `https://${host}` }, localAddress))).toBe('ours');
});

test('DNS rebinding: another name that leads to the same address is not ours, nor is another address', () => {
  const wildcard = createHostNames({ host: '0.0.0.0', port: 4100 }, []);
  for (const host of ['evil.test:4100', '192.168.1.21:4100', '192.168.1.20', '192.168.1.20:4101']) {
    expect(wildcard.hostOf(request({ host }, '192.168.1.20')), host).toBeNull();
    expect(wildcard.originOf(request({ origin: `http://${host}` }, '192.168.1.20')), host).toBe('foreign');
  }
});

test('a wildcard address adds no name of its own, a literal one does', () => {
  const wildcard = createHostNames({ host: '0.0.0.0', port: 4100 }, []);
  expect(wildcard.hostOf(request({ host: '192.168.1.20:4100' }))).toBeNull();
  const literal = createHostNames({ host: '192.168.1.20', port: 4100 }, []);
  expect(literal.hostOf(request({ host: '192.168.1.20:4100' }))).toBe('192.168.1.20:4100');
});
