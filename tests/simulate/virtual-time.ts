import type { Schedule } from '../../src-main/commands/ports.ts';

/**
 * The one time of a simulated world, in ms since 1970. Nothing happens but what was scheduled; what falls on one moment
 * happens in the order in which it was scheduled.
 */
export interface VirtualTime {
  now(): number;
  /** Runs `act` after so long; returns what cancels it. */
  readonly schedule: Schedule;
  /** Lets time go by up to that moment. After each thing that happens, everything that waits for a promise goes on. */
  runUntil(at: number): Promise<void>;
  /** How many things have happened. */
  happened(): number;
}

interface Entry {
  readonly at: number;
  readonly order: number;
  act: (() => void) | null;
}

export function createVirtualTime(start: number): VirtualTime {
  const heap: Entry[] = [];
  let now = start;
  let order = 0;
  let happened = 0;

  function isBefore(a: Entry, b: Entry): boolean {
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  function push(entry: Entry): void {
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry;
      if (isBefore(above, entry)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  function pop(): Entry | undefined {
    const [top] = heap;
    const last = heap.pop();
    if (top === undefined || last === undefined || top === last) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      const below = heap[child] as Entry;
      if (isBefore(last, below)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return top;
  }

  return {
    now: () => now,
    happened: () => happened,
    schedule(delayMs, act) {
      order += 1;
      const entry: Entry = { at: now + Math.max(0, delayMs), order, act };
      push(entry);
      return () => (entry.act = null);
    },
    async runUntil(until) {
      for (let [next] = heap; next !== undefined && next.at <= until; [next] = heap) {
        pop();
        if (next.act === null) continue;
        now = Math.max(now, next.at);
        happened += 1;
        next.act();
        await settled();
      }
      now = Math.max(now, until);
    },
  };
}

/** Resolves when every promise that could go on has gone on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
