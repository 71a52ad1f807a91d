import { expect, test } from 'vitest';
import { DeviceId, instant } from '../../../../../shared/base/ids.ts';
import { createClientOwners } from '../../../../../src-main/host/sync/client-owners.ts';

const laptop = DeviceId.parse('browser:laptop');
const phone = DeviceId.parse('browser:phone');
const hour = 60 * 60 * 1000;
const nothingHeld = (): boolean => false;

test('the first device that uses a client id owns it, nobody else may', () => {
  const owners = createClientOwners([], 10);
  const claimed = owners.claim(laptop, [7], instant(1), nothingHeld);
  expect(claimed).toEqual({ type: 'Owned', fresh: [{ clientId: 7, deviceId: laptop, at: 1 }] });
  if (claimed.type === 'Owned') owners.add(claimed.fresh);
  expect(owners.claim(laptop, [7], instant(2), nothingHeld)).toEqual({ type: 'Owned', fresh: [] });
  expect(owners.claim(phone, [8, 7], instant(2), nothingHeld)).toEqual({ type: 'Foreign', clientId: 7 });
});

test('what was stored binds, also after a restart', () => {
  const owners = createClientOwners([{ clientId: 7, deviceId: laptop, at: instant(1) }], 10);
  expect(owners.claim(phone, [7], instant(9), nothingHeld)).toEqual({ type: 'Foreign', clientId: 7 });
});

test('an id that the document holds and nobody owns is for nobody to extend', () => {
  const owners = createClientOwners([], 10);
  expect(owners.claim(laptop, [7], instant(1), (id) => id === 7)).toEqual({ type: 'Foreign', clientId: 7 });
});

test('a device begins only so many ids within an hour, each device by itself', () => {
  const owners = createClientOwners([], 2);
  const claim = (deviceId: DeviceId, ids: readonly number[], at: number): string => {
    const claimed = owners.claim(deviceId, ids, instant(at), nothingHeld);
    if (claimed.type === 'Owned') owners.add(claimed.fresh);
    return claimed.type;
  };
  expect(claim(laptop, [1, 2, 3], 0)).toBe('TooManyNew');
  expect(claim(laptop, [1, 2], 10)).toBe('Owned');
  expect(claim(laptop, [3], 20)).toBe('TooManyNew');
  expect(claim(laptop, [1], 20)).toBe('Owned');
  expect(claim(phone, [3], 20)).toBe('Owned');
  expect(claim(laptop, [4], 10 + hour)).toBe('Owned');
});

test("what could not be stored is nobody's again", () => {
  const owners = createClientOwners([], 2);
  const claimed = owners.claim(laptop, [7], instant(1), nothingHeld);
  if (claimed.type !== 'Owned') throw new Error(claimed.type);
  owners.add(claimed.fresh);
  owners.remove(claimed.fresh);
  expect(owners.claim(phone, [7], instant(1), nothingHeld)).toMatchObject({ type: 'Owned' });
});

test('what another host let a device begin counts with its own time, and not while that is to come', () => {
  const started = [1, 2].map((clientId) => ({
    clientId,
    deviceId: laptop,
    at: instant(clientId === 1 ? hour : 9 * hour),
  }));
  const owners = createClientOwners(started, 2);
  expect(owners.claim(laptop, [3, 4, 5], instant(hour + 10), nothingHeld, Infinity).type).toBe('Owned');
  expect(owners.claim(laptop, [3, 4], instant(hour + 10), nothingHeld).type).toBe('TooManyNew');
  expect(owners.claim(laptop, [3], instant(hour + 10), nothingHeld).type).toBe('Owned');
});
