import { createHostClock, type HostClock } from '../../src-main/host/clock.ts';
import type { Draws } from '../fuzz/draws.ts';

/** A machine's own idea of the time: wrong by a little or by years, too fast or too slow, and set by somebody now and then. */
export interface MachineClock {
  /** The clock of a process that starts now: the program's own, reading this machine's. */
  start(): HostClock;
  /** Somebody sets it. */
  set(byMs: number): void;
  describe(): string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const YEAR = 365 * 24 * HOUR;

export function createMachineClock(draws: Draws, now: () => number): MachineClock {
  const drift = draws.weighted([
    [6, 0],
    [2, 0.05],
    [2, -0.05],
  ]);
  let skew = draws.weighted([
    [10, 0],
    [3, draws.below(2000) - 1000],
    [2, draws.pick([-1, 1]) * draws.below(6 * MINUTE)],
    [1, draws.pick([-1, 1]) * HOUR],
    [1, draws.pick([-3, 3]) * YEAR],
  ]);
  const from = now();
  const running = (): number => (now() - from) * (1 + drift);
  return {
    start: () => createHostClock({ wall: () => from + running() + skew, monotonic: running, bootTime: running }),
    set: (byMs) => void (skew += byMs),
    describe: () => `skew ${Math.round(skew / 1000)} s, drift ${drift}`,
  };
}
