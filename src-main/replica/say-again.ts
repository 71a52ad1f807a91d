import type { Instant } from '../../shared/base/ids.ts';
import type { Clock, Schedule } from '../commands/ports.ts';

/** Does something about a key when asked, at once, but for each key no more than once in `everyMs`: the rest is one later. */
export interface SayAgain {
  /** `state`: when nothing changed since it was done, it is done a few times more and then no longer. */
  ask(key: string, state?: string): void;
  stop(): void;
}

/** Two hosts that cannot agree must not talk about it for ever. */
const MOST_IN_ONE_STATE = 3;

export function createSayAgain(deps: {
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly everyMs: number;
  readonly say: (key: string) => void;
}): SayAgain {
  const { clock, schedule, everyMs, say } = deps;
  const done = new Map<string, { at: Instant; state: string | undefined; times: number }>();
  const waiting = new Map<string, () => void>();

  function doNow(key: string, state: string | undefined): void {
    const last = done.get(key);
    done.set(key, { at: clock.now(), state, times: last !== undefined && last.state === state ? last.times + 1 : 1 });
    say(key);
  }

  return {
    ask(key, state) {
      const last = done.get(key);
      if (waiting.has(key)) return;
      if (state !== undefined && last?.state === state && last.times >= MOST_IN_ONE_STATE) return;
      const waitMs = last === undefined ? 0 : last.at + everyMs - clock.now();
      if (waitMs <= 0) return doNow(key, state);
      const cancel = schedule(waitMs, () => {
        waiting.delete(key);
        doNow(key, state);
      });
      waiting.set(key, cancel);
    },
    stop() {
      for (const cancel of waiting.values()) cancel();
      waiting.clear();
    },
  };
}
