import { expect, test } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import { createByteLimit, createFailureLimit, createRequestLimit } from '../../../../src-main/host/rate-limit.ts';

function fakeClock() {
  let now = 1_750_000_000_000;
  return { now: () => instant(now), pass: (ms: number) => void (now += ms) };
}

function failTimes(limit: ReturnType<typeof createFailureLimit>, address: string, times: number): void {
  for (let failure = 0; failure < times; failure += 1) limit.failed(address);
}

test('five failures are free, then the wait doubles up to eight seconds', () => {
  const clock = fakeClock();
  const limit = createFailureLimit(clock);
  failTimes(limit, 'a', 5);
  expect(limit.waitMs('a')).toBe(0);
  const waits = Array.from({ length: 7 }, () => {
    limit.failed('a');
    return limit.waitMs('a');
  });
  expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
  clock.pass(7999);
  expect(limit.waitMs('a')).toBe(1);
  clock.pass(1);
  expect(limit.waitMs('a')).toBe(0);
});

test('one address does not slow down another, and a success clears it', () => {
  const limit = createFailureLimit(fakeClock());
  failTimes(limit, 'a', 9);
  expect(limit.waitMs('b')).toBe(0);
  limit.succeeded('a');
  expect(limit.waitMs('a')).toBe(0);
});

test('a pause of ten minutes is a fresh start', () => {
  const clock = fakeClock();
  const limit = createFailureLimit(clock);
  failTimes(limit, 'a', 9);
  clock.pass(10 * 60_000);
  limit.failed('a');
  expect(limit.waitMs('a')).toBe(0);
});

test('ten thousand addresses do not grow it without a bound: the oldest is forgotten', () => {
  const limit = createFailureLimit(fakeClock());
  failTimes(limit, 'first', 9);
  for (let index = 0; index < 10_000; index += 1) limit.failed(`address ${index}`);
  expect(limit.waitMs('first')).toBe(0);
});

test('a burst is let through, then requests come at the steady rate, whoever else asks', () => {
  const clock = fakeClock();
  const limit = createRequestLimit(clock, { perSecond: 10, atOnce: 3 });
  expect(Array.from({ length: 4 }, () => limit.waitMs('a'))).toEqual([0, 0, 0, 100]);
  expect(limit.waitMs('b')).toBe(0);
  clock.pass(99);
  expect(limit.waitMs('a')).toBe(1);
  clock.pass(1);
  expect(limit.waitMs('a')).toBe(0);
  clock.pass(60_000);
  expect(Array.from({ length: 4 }, () => limit.waitMs('a'))).toEqual([0, 0, 0, 100]);
});

test('ten thousand addresses that ask once do not grow it without a bound', () => {
  const limit = createRequestLimit(fakeClock(), { perSecond: 1, atOnce: 1 });
  expect([limit.waitMs('first'), limit.waitMs('first')]).toEqual([0, 1000]);
  for (let index = 0; index < 10_000; index += 1) limit.waitMs(`address ${index}`);
  expect(limit.waitMs('first')).toBe(0);
});

test('a device may send so many bytes in a minute, and what it has left comes back steadily', () => {
  const clock = fakeClock();
  const limit = createByteLimit(clock, 6000);
  expect(limit.take('a', 6000)).toBe(true);
  expect(limit.hasLeft('a')).toBe(false);
  expect(limit.take('a', 1)).toBe(false);
  expect(limit.take('b', 6000), 'another device has its own').toBe(true);
  clock.pass(1000);
  expect(limit.hasLeft('a')).toBe(true);
  expect(limit.take('a', 99)).toBe(true);
  expect(limit.take('a', 1)).toBe(false);
  clock.pass(60_000);
  expect(limit.take('a', 5999)).toBe(true);
});

test('one frame that is far too long is not held against a device for longer than a minute', () => {
  const clock = fakeClock();
  const limit = createByteLimit(clock, 6000);
  expect(limit.take('a', 1_000_000)).toBe(false);
  clock.pass(61_000);
  expect(limit.hasLeft('a')).toBe(true);
});
