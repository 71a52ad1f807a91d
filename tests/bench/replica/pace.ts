import { setTimeout as wait } from 'node:timers/promises';

/** In ms since a moment that all processes of one machine share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Does it so many times, each at its own moment: one that took long does not move the others. */
export async function paced(count: number, everyMs: number, act: (turn: number) => void): Promise<void> {
  const start = sharedNow();
  for (let turn = 0; turn < count; turn += 1) {
    const early = start + turn * everyMs - sharedNow();
    if (early > 0) await wait(early);
    act(turn);
  }
}

/** How long the event loop let a timer of 10 ms wait, in ms. */
export interface LoopGaps {
  readonly longest: number;
  /** The most that this thread worked in one of them: the rest of a gap is a machine that had other things to do. */
  readonly mostWork: number;
}

/** Returns what ends the watch. */
export function watchLoop(): () => LoopGaps {
  let last = sharedNow();
  let used = process.threadCpuUsage();
  let gaps: LoopGaps = { longest: 0, mostWork: 0 };

  function look(): void {
    const [now, work] = [sharedNow(), process.threadCpuUsage(used)];
    gaps = {
      longest: Math.max(gaps.longest, now - last),
      mostWork: Math.max(gaps.mostWork, (work.user + work.system) / 1000),
    };
    last = now;
    used = process.threadCpuUsage();
  }

  const timer = setInterval(look, 10);
  return () => {
    clearInterval(timer);
    look();
    return gaps;
  };
}
