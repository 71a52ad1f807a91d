import type { Schedule } from '../commands/ports.ts';

/** Work that nobody waits for: what it throws is reported, and goes no further. */
export interface BackgroundWork {
  /** Whether it was done. `what` names the work, for the log and to know when it is well again. */
  attempt(what: string, act: () => void): boolean;
  /** Says that this work failed and will be tried again under the same name. */
  failed(what: string, cause: unknown): void;
  /** Says that it was done, after all. */
  done(what: string): void;
}

/** `onRecovered`: everything that had failed has been done since. */
export function createBackgroundWork(deps: {
  onFailure(what: string, cause: unknown): void;
  onRecovered(): void;
}): BackgroundWork {
  const failing = new Set<string>();

  function failed(what: string, cause: unknown): void {
    failing.add(what);
    deps.onFailure(what, cause);
  }

  function done(what: string): void {
    if (failing.delete(what) && failing.size === 0) deps.onRecovered();
  }

  return {
    failed,
    done,
    attempt(what, act) {
      try {
        act();
      } catch (cause) {
        failed(what, cause);
        return false;
      }
      done(what);
      return true;
    },
  };
}

/** Timers out of which nothing is thrown: a full disk must not end the process. */
export function guardedSchedule(schedule: Schedule, onFailure: (cause: unknown) => void): Schedule {
  return (delayMs, act) =>
    schedule(delayMs, () => {
      try {
        act();
      } catch (cause) {
        onFailure(cause);
      }
    });
}
