import { expect, test } from 'vitest';
import { reachableAddresses } from '../../../../src-main/app/reachable-addresses.ts';

const own = [
  { address: '127.0.0.1', family: 'IPv4', internal: true },
  { address: 'fe80::1', family: 'IPv6', internal: false },
  { address: '2001:db8::7', family: 'IPv6', internal: false },
  { address: '10.0.0.7', family: 'IPv4', internal: false },
];

test('with TLS: by the names it was given, then by what it listens on', () => {
  expect(reachableAddresses({ host: '10.0.0.7', port: 8443, encrypted: true }, ['relay.example'], own)).toEqual([
    'https://relay.example:8443',
    'https://10.0.0.7:8443',
  ]);
  expect(reachableAddresses({ host: '::1', port: 8443, encrypted: true }, ['relay.example:9000'], [])).toEqual([
    'https://relay.example:9000',
    'https://[::1]:8443',
  ]);
});

test('on all addresses: those that others can reach, and no more than an invite holds', () => {
  const at = { host: '0.0.0.0', port: 443, encrypted: true };
  expect(reachableAddresses(at, [], own)).toEqual(['https://10.0.0.7', 'https://[2001:db8::7]']);
  expect(reachableAddresses(at, ['a', 'b', 'c', 'd', 'e'], own)).toHaveLength(4);
});

test('without TLS: from this machine alone, and never by the name of a proxy, where no machine comes in', () => {
  expect(reachableAddresses({ host: '0.0.0.0', port: 8080, encrypted: false }, [], own)).toEqual([
    'http://127.0.0.1:8080',
  ]);
  const names = ['relay.example', 'relay.example:9000'];
  expect(reachableAddresses({ host: '127.0.0.1', port: 8080, encrypted: false }, names, own)).toEqual([
    'http://127.0.0.1:8080',
  ]);
  expect(reachableAddresses({ host: '127.0.0.1', port: 8080, encrypted: true }, ['relay.example:443'], own)).toEqual([
    'https://relay.example',
    'https://127.0.0.1:8080',
  ]);
});
