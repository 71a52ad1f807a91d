import { expect, test } from 'vitest';
import { decideBindAddress } from '../../../../src-main/host/bind-address.ts';

const PLAIN = { insecure: false, tls: false };

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['localhost', '127.0.0.1'],
  ['LOCALHOST', '127.0.0.1'],
  ['127.8.8.8', '127.8.8.8'],
  ['::1', '::1'],
  ['[::1]', '::1'],
  ['::ffff:127.0.0.1', '::ffff:127.0.0.1'],
])('%s is loopback: plain HTTP, unless TLS is asked for', (host, literal) => {
  const value = { host: literal, loopback: true };
  expect(decideBindAddress({ ...PLAIN, host })).toEqual({ ok: true, value: { ...value, encrypted: false } });
  expect(decideBindAddress({ ...PLAIN, host, tls: true })).toEqual({ ok: true, value: { ...value, encrypted: true } });
});

test.each(['0.0.0.0', '::', '192.168.1.20', 'war-room.example', '127.0.0.1.example'])(
  '"%s" is a network: TLS, unless somebody asked for plain text by name',
  (host) => {
    const value = { host, loopback: false };
    expect(decideBindAddress({ ...PLAIN, host })).toEqual({ ok: true, value: { ...value, encrypted: true } });
    expect(decideBindAddress({ host, insecure: true, tls: false })).toEqual({
      ok: true,
      value: { ...value, encrypted: false },
    });
  },
);

test('an empty address, which would mean all of them, is refused whatever was asked', () => {
  for (const insecure of [false, true])
    expect(decideBindAddress({ host: '', insecure, tls: false })).toMatchObject({
      ok: false,
      error: { type: 'AddressRefused', message: expect.stringContaining('empty address') as string },
    });
});

test('plain text and TLS at once is no wish that can be granted', () => {
  const decided = decideBindAddress({ host: '0.0.0.0', insecure: true, tls: true });
  expect(decided).toMatchObject({ ok: false, error: { message: expect.stringContaining('--insecure') as string } });
});
