// What time it is at the host, whatever this page's own clock says: every countdown of the screen reads this.
import { pageSchedule, type Schedule } from '../api/connection.ts';

export interface HostClockOptions {
  /** Asks the host for its time, ms since 1970; rejects when it cannot be reached. */
  readonly ask: () => Promise<number>;
  /** ms that only ever grow, such as `performance.now()`. It may stand still while the machine sleeps. */
  readonly monotonic: () => number;
  /** The page's own clock. Only its jumps against `monotonic` are looked at, never what it shows. */
  readonly wall: () => number;
  readonly schedule?: Schedule;
  /** Calls when the page becomes visible again; returns the function that ends it. */
  readonly onVisible?: (act: () => void) => () => void;
}

export interface HostClock {
  /** ms since 1970 at the host. Until the first answer (`known` false) it is this page's own clock. */
  now(): number;
  readonly known: boolean;
  /** `now()` is off by at most this many ms: half the round trip of the sample it rests on. */
  readonly uncertaintyMs: number;
  /** Asks now. Never rejects: without an answer the last estimate stands. */
  refresh(): Promise<void>;
  stop(): void;
}

interface Sample {
  /** Bounds of host time minus monotonic time. */
  readonly least: number;
  readonly most: number;
}

const ASK_EVERY_MS = 10_000;
const LOOK_EVERY_MS = 1_000;
const JUMP_MS = 750;
const SAMPLES_KEPT = 8;

/**
 * Cristian's algorithm (F. Cristian, "Probabilistic clock synchronization", 1989): the host read its clock somewhere
 * between asking and answer, so each round trip bounds the offset, and the shortest of the last few bounds it best.
 * A sample whose bounds do not meet the others' proves that a clock jumped (sleep, a clock set at the host): the
 * older samples are forgotten.
 */
export function createHostClock(options: HostClockOptions): HostClock {
  const { ask, monotonic, wall, schedule = pageSchedule, onVisible } = options;
  let samples: Sample[] = [];
  let askedAt = -Infinity;
  let stopped = false;
  let cancelLook = (): void => {};
  let seen = { monotonic: monotonic(), wall: wall() };

  function best(): Sample | undefined {
    return samples.reduce<Sample | undefined>(
      (shortest, sample) =>
        !shortest || sample.most - sample.least < shortest.most - shortest.least ? sample : shortest,
      undefined,
    );
  }

  async function refresh(): Promise<void> {
    askedAt = monotonic();
    const wallBefore = wall();
    const before = monotonic();
    try {
      const hostTime = await ask();
      const after = monotonic();
      // Slept while the answer was under way: the bounds would be a lie. The next look asks again.
      if (Math.abs(wall() - wallBefore - (after - before)) > JUMP_MS) return;
      if (stopped) return;
      take({ least: hostTime - after, most: hostTime - before });
    } catch {
      // Unreachable: the estimate stands, and the next look asks again in time.
    }
  }

  function take(sample: Sample): void {
    const agreeing = samples.filter(({ least, most }) => least <= sample.most && most >= sample.least);
    samples = [...(agreeing.length === samples.length ? samples : []), sample].slice(-SAMPLES_KEPT);
  }

  /** Once a second: has the machine slept, or somebody set its clock, or is it simply time to ask again? */
  function look(): void {
    if (stopped) return;
    const now = { monotonic: monotonic(), wall: wall() };
    const passed = now.monotonic - seen.monotonic;
    const jumped = Math.abs(now.wall - seen.wall - passed) > JUMP_MS || passed > LOOK_EVERY_MS + 4 * JUMP_MS;
    seen = now;
    if (jumped || now.monotonic - askedAt >= ASK_EVERY_MS) void refresh();
    cancelLook = schedule(look, LOOK_EVERY_MS);
  }

  const endVisible = onVisible?.(() => void refresh());
  cancelLook = schedule(look, LOOK_EVERY_MS);
  void refresh();

  return {
    now() {
      const sample = best();
      return sample ? Math.round(monotonic() + (sample.least + sample.most) / 2) : wall();
    },
    get known() {
      return samples.length > 0;
    },
    get uncertaintyMs() {
      const sample = best();
      return sample ? (sample.most - sample.least) / 2 : Infinity;
    },
    refresh,
    stop() {
      stopped = true;
      cancelLook();
      endVisible?.();
    },
  };
}

/** For `onVisible` in a page. */
export function onPageVisible(act: () => void): () => void {
  function changed(): void {
    if (document.visibilityState === 'visible') act();
  }
  document.addEventListener('visibilitychange', changed);
  return () => document.removeEventListener('visibilitychange', changed);
}
