import { uptime } from 'node:os';
import { instant, type Instant } from '../../shared/base/ids.ts';
import type { Clock } from '../commands/ports.ts';

/** Where time is read from. All three are in milliseconds. */
export interface TimeSources {
  /** Since 1970; anybody may set it at any moment. */
  readonly wall: () => number;
  /** Since an arbitrary moment; nobody can set it, and it may stand still while the machine sleeps. */
  readonly monotonic: () => number;
  /** Since the machine started, its sleep included. May be as coarse as a second. */
  readonly bootTime: () => number;
}

/** The host's clock, and the one way to move it: forward. */
export interface HostClock extends Clock {
  /** Goes on from `at` if it is not there yet. Returns how far behind it was, in ms; 0 when it was not. */
  notBefore(at: Instant): number;
}

/**
 * Below this a difference between two sources is their coarseness, above it the machine slept or somebody set the
 * clock. Some systems give the boot time in whole seconds, so two readings can be off by one each.
 */
const NOTICEABLE_MS = 2000;

/**
 * The host's clock: the wall time it was made at, then advanced by what cannot be set.
 *
 * 1. It never runs backwards.
 * 2. Sleep moves it forward: a deadline does not wait for a closed lid.
 * 3. Setting the machine's clock does not move it: nobody can win time that way. `onWallClockChanged` is told how far
 *    the wall is now from this clock (ms, positive when the wall is ahead), once per change.
 * 4. It is not before what is recorded already: a machine that starts with its clock set back goes on from there.
 */
export function createHostClock(
  sources: TimeSources & { readonly onWallClockChanged?: (deltaMs: number) => void },
): HostClock {
  const wallStart = sources.wall();
  const monotonicStart = sources.monotonic();
  const bootStart = sources.bootTime();
  let sleptMs = 0;
  let raisedMs = 0;
  let knownWallDelta = 0;
  let latest = instant(wallStart);

  function now(): Instant {
    const awakeMs = sources.monotonic() - monotonicStart;
    const asleepMs = sources.bootTime() - bootStart - awakeMs;
    if (asleepMs - sleptMs > NOTICEABLE_MS) sleptMs = asleepMs;

    const reading = instant(wallStart + awakeMs + sleptMs + raisedMs);
    if (reading > latest) latest = reading;

    const wallDelta = sources.wall() - latest;
    if (Math.abs(wallDelta - knownWallDelta) > NOTICEABLE_MS) {
      knownWallDelta = wallDelta;
      sources.onWallClockChanged?.(Math.round(wallDelta));
    }
    return latest;
  }

  function notBefore(at: Instant): number {
    const behindMs = at - now();
    if (behindMs <= 0) return 0;
    raisedMs += behindMs;
    // Whoever asked says so in words of their own: it is not somebody setting the clock.
    knownWallDelta -= behindMs;
    latest = at;
    return behindMs;
  }

  return { now, notBefore };
}

/** The clock of a real host. */
export function systemClock(onWallClockChanged?: (deltaMs: number) => void): HostClock {
  return createHostClock({
    wall: () => Date.now(),
    monotonic: () => Number(process.hrtime.bigint()) / 1e6,
    bootTime: () => uptime() * 1000,
    ...(onWallClockChanged ? { onWallClockChanged } : {}),
  });
}
