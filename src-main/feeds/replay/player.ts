import { instant, type Instant } from '../../../shared/base/ids.ts';
import { invariant } from '../../../shared/base/invariant.ts';
import type { Clock, Schedule } from '../../commands/ports.ts';
import { BRING_AGAIN_MS } from '../hand-over.ts';

/** What the command line takes; the demo's own screen offers no more than ×60. */
const FASTEST = 600;
/** Deliveries closer together than this go out as one. */
const SHORTEST_WAIT_MS = 20;
/** A look at the clock at least this often, so that a machine that slept goes on soon. */
const LONGEST_WAIT_MS = 5_000;

/** Plays recorded entries against the clock. `dueAt` is the moment at which the entry was due, never after `now`. */
export interface Player {
  start(): void;
  stop(): void;
  /** ×1 to ×600, also while it plays; moves the entries only. */
  setSpeed(speed: number): void;
  speed(): number;
  /** How far the recording has been played, in ms of the recording. */
  position(): number;
}

export interface PlayerDeps<Entry> {
  readonly clock: Clock;
  readonly schedule: Schedule;
  /** Sorted by `offsetMs`. */
  readonly entries: readonly (Entry & { readonly offsetMs: number })[];
  readonly fromMs: number;
  readonly speed: number;
  /** False when they could not be taken: the same ones are due again. */
  readonly onDue: (due: readonly { readonly entry: Entry; readonly dueAt: Instant }[]) => boolean;
  readonly onEnd: () => void;
}

export function createPlayer<Entry>(deps: PlayerDeps<Entry>): Player {
  const { clock, schedule, entries } = deps;
  const endMs = entries.at(-1)?.offsetMs ?? 0;
  let speed = checkedSpeed(deps.speed);
  let anchor: { readonly at: Instant; readonly positionMs: number } | null = null;
  // What was due exactly at `fromMs` was delivered before the position was saved.
  let next = deps.fromMs > 0 ? firstAfter(entries, deps.fromMs) : 0;
  let cancel: (() => void) | null = null;
  let isStopped = false;
  let stoppedAt = deps.fromMs;

  function position(): number {
    if (anchor === null || isStopped) return stoppedAt;
    const reached = reachedNow(anchor);
    const waiting = entries[next];
    // Never past an entry that is due and was not taken yet: a later host would begin behind it.
    if (waiting === undefined || waiting.offsetMs > reached) return reached;
    return entries[next - 1]?.offsetMs ?? deps.fromMs;
  }

  function reachedNow(anchor: { readonly at: Instant; readonly positionMs: number }): number {
    return Math.min(endMs, anchor.positionMs + (clock.now() - anchor.at) * speed);
  }

  function tick(): void {
    cancel = null;
    if (isStopped || anchor === null) return;
    const { at, positionMs } = anchor;
    const reached = reachedNow(anchor);
    const first = next;
    const due: { entry: Entry; dueAt: Instant }[] = [];
    for (let entry = entries[next]; entry !== undefined && entry.offsetMs <= reached; entry = entries[next]) {
      due.push({ entry, dueAt: instant(at + Math.max(0, entry.offsetMs - positionMs) / speed) });
      next += 1;
    }
    if (due.length > 0 && !deps.onDue(due)) {
      next = first;
      cancel = schedule(BRING_AGAIN_MS, tick);
      return;
    }
    const following = entries[next];
    if (following === undefined) {
      stop();
      deps.onEnd();
      return;
    }
    const wait = (following.offsetMs - reached) / speed;
    if (!isStopped) cancel = schedule(Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, wait)), tick);
  }

  function stop(): void {
    stoppedAt = position();
    isStopped = true;
    cancel?.();
    cancel = null;
  }

  return {
    start() {
      anchor = { at: clock.now(), positionMs: deps.fromMs };
      tick();
    },
    stop,
    setSpeed(faster) {
      const checked = checkedSpeed(faster);
      if (anchor !== null && !isStopped) {
        cancel?.();
        tick(); // what was due under the old speed goes out under the old speed
      }
      if (anchor !== null && !isStopped) anchor = { at: clock.now(), positionMs: reachedNow(anchor) };
      speed = checked;
      if (anchor !== null && !isStopped) {
        cancel?.();
        tick();
      }
    },
    speed: () => speed,
    position,
  };
}

function checkedSpeed(speed: number): number {
  invariant(speed >= 1 && speed <= FASTEST, `a recording plays at x1 to x${String(FASTEST)}`);
  return speed;
}

function firstAfter(entries: readonly { readonly offsetMs: number }[], positionMs: number): number {
  const index = entries.findIndex((entry) => entry.offsetMs > positionMs);
  return index < 0 ? entries.length : index;
}
