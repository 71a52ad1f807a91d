import type { Schedule } from '../../../src-renderer/api/connection.ts';

export interface ManualSchedule {
  readonly schedule: Schedule;
  /** Waiting times of what is due later, soonest first. */
  readonly waiting: readonly number[];
  /** Lets `ms` pass, running what falls due in its order. */
  pass(ms: number): Promise<void>;
}

/** Time that passes only when a test says so. `onPass` moves the test's clocks along. */
export function createManualSchedule(onPass: (ms: number) => void = () => {}): ManualSchedule {
  let now = 0;
  let acts: { readonly at: number; readonly act: () => void }[] = [];
  return {
    schedule(act, ms) {
      const entry = { at: now + ms, act };
      acts.push(entry);
      return () => {
        acts = acts.filter((other) => other !== entry);
      };
    },
    get waiting() {
      return acts.map(({ at }) => at - now).sort((one, other) => one - other);
    },
    async pass(ms) {
      const end = now + ms;
      for (;;) {
        const next = acts.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
        onPass((next?.at ?? end) - now);
        now = next?.at ?? end;
        if (!next) return;
        acts = acts.filter((other) => other !== next);
        next.act();
        await settle();
      }
    },
  };
}

/** Lets everything that waits on promises alone run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
