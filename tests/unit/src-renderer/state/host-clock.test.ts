import { expect, test } from 'vitest';
import { createHostClock } from '../../../../src-renderer/state/host-clock.ts';
import { createManualSchedule, settle } from '../manual-schedule.ts';

const MINUTE = 60_000;

/** A world where true time passes for host, monotonic and wall clock, each with its own fault. */
function setUp({ wallOffMs = 0, there = 0, back = 0 } = {}) {
  let truth = 1_700_000_000_000;
  let monotonicMs = 5_000;
  let wallOff = wallOffMs;
  let hostOff = 0;
  let reachable = true;
  let asked = 0;
  let visible = (): void => {};
  const delays = { there, back };
  function travel(ms: number): void {
    truth += ms;
    monotonicMs += ms;
  }
  const time = createManualSchedule(travel);
  const clock = createHostClock({
    ask() {
      asked += 1;
      if (!reachable) return Promise.reject(new Error('unreachable'));
      travel(delays.there);
      const answer = truth + hostOff;
      travel(delays.back);
      return Promise.resolve(answer);
    },
    monotonic: () => monotonicMs,
    wall: () => truth + wallOff,
    schedule: time.schedule,
    onVisible(act) {
      visible = act;
      return () => {};
    },
  });
  return {
    clock,
    time,
    delays,
    errorMs: () => clock.now() - (truth + hostOff),
    asked: () => asked,
    show: () => visible(),
    setReachable: (yes: boolean) => void (reachable = yes),
    setWall: (off: number) => void (wallOff = off),
    setHost: (off: number) => void (hostOff = off),
    /** The machine sleeps; whether its monotonic clock stands still then depends on the platform. */
    sleepThrough(ms: number, monotonicStands: boolean) {
      truth += ms;
      if (!monotonicStands) monotonicMs += ms;
    },
  };
}

test('a page whose clock is 10 minutes off shows the time of its host', async () => {
  for (const wallOffMs of [10 * MINUTE, -10 * MINUTE]) {
    const { clock, errorMs, time } = setUp({ wallOffMs, there: 4, back: 6 });
    await settle();
    expect(clock.known).toBe(true);
    expect(Math.abs(errorMs())).toBeLessThanOrEqual(5);
    await time.pass(5 * MINUTE);
    expect(Math.abs(errorMs())).toBeLessThanOrEqual(5);
  }
});

test('the shortest round trip of the last few counts, and the uncertainty says how far off it may be', async () => {
  const { clock, errorMs, time, delays } = setUp({ there: 400, back: 0 });
  await settle();
  expect(clock.uncertaintyMs).toBe(200);
  expect(Math.abs(errorMs())).toBe(200);
  delays.there = 2;
  await time.pass(10_000);
  delays.there = 900;
  await time.pass(30_000);
  expect(clock.uncertaintyMs).toBe(1);
  expect(Math.abs(errorMs())).toBeLessThanOrEqual(1);
});

test('it asks again every ten seconds, and at once when the page is seen again', async () => {
  const { time, asked, show } = setUp();
  await settle();
  expect(asked()).toBe(1);
  await time.pass(9_000);
  expect(asked()).toBe(1);
  await time.pass(2_000);
  expect(asked()).toBe(2);
  show();
  expect(asked()).toBe(3);
});

test('after a sleep it asks within a second, whether or not the monotonic clock stood still', async () => {
  for (const monotonicStands of [true, false]) {
    const { time, asked, sleepThrough, errorMs } = setUp({ there: 1, back: 1 });
    await settle();
    await time.pass(3_000);
    const before = asked();
    sleepThrough(47 * MINUTE, monotonicStands);
    await time.pass(1_000);
    expect(asked()).toBe(before + 1);
    expect(Math.abs(errorMs())).toBeLessThanOrEqual(2);
  }
});

test('setting the page clock while the room runs changes nothing', async () => {
  const { time, setWall, errorMs } = setUp({ there: 1, back: 1 });
  await settle();
  await time.pass(3_000);
  setWall(10 * MINUTE);
  expect(Math.abs(errorMs())).toBeLessThanOrEqual(1);
  await time.pass(1_000);
  expect(Math.abs(errorMs())).toBeLessThanOrEqual(2);
});

test('a host whose clock was set is followed at the next answer', async () => {
  const { time, setHost, errorMs } = setUp({ there: 1, back: 1 });
  await settle();
  await time.pass(30_000);
  setHost(-3 * MINUTE);
  await time.pass(11_000);
  expect(Math.abs(errorMs())).toBeLessThanOrEqual(2);
});

test('while the host is away the last estimate stands', async () => {
  const { time, setReachable, errorMs, clock } = setUp({ wallOffMs: 10 * MINUTE, there: 1, back: 1 });
  await settle();
  setReachable(false);
  await time.pass(2 * MINUTE);
  expect(clock.known).toBe(true);
  expect(Math.abs(errorMs())).toBeLessThanOrEqual(1);
});

test('a stopped clock asks no more', async () => {
  const { clock, time, asked } = setUp();
  await settle();
  clock.stop();
  await time.pass(MINUTE);
  expect(asked()).toBe(1);
});
