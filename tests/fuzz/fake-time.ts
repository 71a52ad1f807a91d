import { instant, type Instant } from '../../shared/base/ids.ts';
import type { Schedule } from '../../src-main/commands/ports.ts';

/** Time that passes only when told to, and the timers that wait in it. */
export function createFakeTime(startsAt = 1_700_000_000_000) {
  const timers = new Set<{ readonly at: number; readonly act: () => void }>();
  let now = startsAt;
  const schedule: Schedule = (delayMs, act) => {
    const timer = { at: now + delayMs, act };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  return {
    clock: { now: (): Instant => instant(now) },
    schedule,
    pass(ms: number): void {
      const until = now + ms;
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];
        if (due === undefined) break;
        timers.delete(due);
        now = Math.max(now, Math.ceil(due.at));
        due.act();
      }
      now = until;
    },
    waiting: (): number => timers.size,
  };
}

export type FakeTime = ReturnType<typeof createFakeTime>;

/** Lets the event loop go round once: what waits in `setImmediate` has run afterwards. */
export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
