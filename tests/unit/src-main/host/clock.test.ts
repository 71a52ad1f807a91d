import { expect, test } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import { createHostClock } from '../../../../src-main/host/clock.ts';

const START = 1_750_000_000_000;
const MINUTE = 60_000;

/** Three sources that a test moves by hand. */
function fakeMachine() {
  const reading = { wall: START, monotonic: 5_000, bootTime: 90_000 };
  const wallChanges: number[] = [];
  const clock = createHostClock({
    wall: () => reading.wall,
    monotonic: () => reading.monotonic,
    bootTime: () => reading.bootTime,
    onWallClockChanged: (deltaMs) => wallChanges.push(deltaMs),
  });
  return {
    clock,
    wallChanges,
    pass: (ms: number): void => {
      reading.wall += ms;
      reading.monotonic += ms;
      reading.bootTime += ms;
    },
    suspend: (ms: number): void => {
      reading.wall += ms;
      reading.bootTime += ms;
    },
    turnWallClock: (ms: number) => void (reading.wall += ms),
    jitterBootTime: (ms: number) => void (reading.bootTime += ms),
    stepMonotonic: (ms: number) => void (reading.monotonic += ms),
  };
}

test('it starts at the wall time and passes with the machine', () => {
  const { clock, pass, wallChanges } = fakeMachine();
  expect(clock.now()).toBe(START);
  pass(1234);
  expect(clock.now()).toBe(START + 1234);
  expect(wallChanges).toEqual([]);
});

test.each([10 * MINUTE, -10 * MINUTE])(
  'setting the wall clock by %d ms does not move it and is reported once',
  (delta) => {
    const { clock, pass, turnWallClock, wallChanges } = fakeMachine();
    pass(1000);
    turnWallClock(delta);
    expect(clock.now()).toBe(START + 1000);
    pass(MINUTE);
    expect(clock.now()).toBe(START + 1000 + MINUTE);
    expect(wallChanges).toEqual([delta]);
    turnWallClock(-delta);
    expect(clock.now()).toBe(START + 1000 + MINUTE);
    expect(wallChanges).toEqual([delta, 0]);
  },
);

test('an hour of sleep moves it forward by an hour, which is no change of the wall clock', () => {
  const { clock, pass, suspend, wallChanges } = fakeMachine();
  pass(1000);
  clock.now();
  suspend(60 * MINUTE);
  expect(clock.now()).toBe(START + 1000 + 60 * MINUTE);
  pass(500);
  expect(clock.now()).toBe(START + 1500 + 60 * MINUTE);
  suspend(5 * MINUTE);
  expect(clock.now()).toBe(START + 1500 + 65 * MINUTE);
  expect(wallChanges).toEqual([]);
});

test('sleep and a wall clock that was set meanwhile are told apart', () => {
  const { clock, suspend, turnWallClock, wallChanges } = fakeMachine();
  suspend(60 * MINUTE);
  turnWallClock(-10 * MINUTE);
  expect(clock.now()).toBe(START + 60 * MINUTE);
  expect(wallChanges).toEqual([-10 * MINUTE]);
});

test('a boot time in whole seconds is not taken for sleep', () => {
  const { clock, pass, jitterBootTime } = fakeMachine();
  for (let second = 0; second < 100; second += 1) {
    pass(1000);
    jitterBootTime(second % 2 === 0 ? 999 : -999);
    expect(clock.now()).toBe(START + 1000 * (second + 1));
  }
});

test('it never runs backwards, whatever its sources do', () => {
  const { clock, pass, stepMonotonic } = fakeMachine();
  pass(5000);
  const before = clock.now();
  stepMonotonic(-3000);
  expect(clock.now()).toBeGreaterThanOrEqual(before);
});

test('it goes on from what is recorded already when the machine starts behind it, and is never moved back', () => {
  const { clock, pass, wallChanges } = fakeMachine();
  expect(clock.notBefore(instant(START - MINUTE))).toBe(0);
  expect(clock.notBefore(instant(START + 5 * MINUTE))).toBe(5 * MINUTE);
  expect(clock.now()).toBe(START + 5 * MINUTE);
  pass(1000);
  expect(clock.now()).toBe(START + 5 * MINUTE + 1000);
  // The machine's clock was wrong before; nobody has set it now.
  expect(wallChanges).toEqual([]);
});
