import { expect, test } from 'vitest';
import { decideBindAddress } from '../../../../src-main/host/bind-address.ts';

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['localhost', '127.0.0.1'],
  ['LOCALHOST', '127.0.0.1'],
  ['127.8.8.8', '127.8.8.8'],
  ['::1', '::1'],
  ['[::1]', '::1'],
  ['::ffff:127.0.0.1', '::ffff:127.0.0.1'],
])('%s is loopback and allowed', (host, literal) => {
  expect(decideBindAddress({ host, insecure: false })).toEqual({ ok: true, value: { host: literal, loopback: true } });
});

test.each(['0.0.0.0', '::', '192.168.1.20', 'war-room.example', '127.0.0.1.example', '', '*'])(
  '"%s" is refused with a sentence that names the way out',
  (host) => {
    const decided = decideBindAddress({ host, insecure: false });
    expect(decided).toMatchObject({ ok: false, error: { type: 'NotLoopback' } });
    expect(!decided.ok && decided.error.message).toMatch(/--insecure/);
  },
);

test('--insecure allows another address, but never an empty one, which would mean all of them', () => {
  expect(decideBindAddress({ host: '0.0.0.0', insecure: true })).toMatchObject({
    ok: true,
    value: { loopback: false },
  });
  expect(decideBindAddress({ host: '', insecure: true }).ok).toBe(false);
});
