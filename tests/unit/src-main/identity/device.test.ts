import { expect, test } from 'vitest';
import { DeviceId, PublicKeyHex } from '../../../../shared/base/ids.ts';
import {
  browserDevice,
  earlierBrowserDevice,
  hostDevice,
  keyDevice,
  tokenDevice,
} from '../../../../src-main/identity/device.ts';

const HASH = 'a'.repeat(64);

test('every device has a name that fits, says its kind and is always the same', () => {
  const made = () => [
    browserDevice('c'.repeat(43)),
    earlierBrowserDevice(HASH),
    tokenDevice(HASH),
    hostDevice(new Uint8Array(32).fill(7)),
    keyDevice(PublicKeyHex.parse(HASH)),
  ];
  expect(made()).toEqual(made());
  for (const device of made()) expect(DeviceId.parse(device)).toBe(device);
  expect(made().map((device) => device.split(':')[0])).toEqual(['browser', 'browser', 'token', 'host', 'key']);
  for (const device of made()) expect(device.split(':')[1]).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

test('what is derived from the same hash for another purpose is another name', () => {
  const made = [
    browserDevice(HASH),
    earlierBrowserDevice(HASH),
    tokenDevice(HASH),
    keyDevice(PublicKeyHex.parse(HASH)),
  ];
  expect(new Set(made.map((one) => one.split(':')[1])).size).toBe(4);
});

test('another secret is another host', () => {
  expect(hostDevice(new Uint8Array(32).fill(7))).not.toBe(hostDevice(new Uint8Array(32).fill(8)));
});
