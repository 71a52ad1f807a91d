import type { Recorded } from '../../shared/domain/roster/actor.ts';
import { type AnyRoomEvent, foldRoom } from '../../shared/domain/room/room.ts';
import { createReplayFold } from '../../src-renderer/state/replay-fold.ts';
import { aLongRoom } from '../support/long-room.ts';
import { percentile, type BenchRow } from './report.ts';

const EVENTS = 50_000;
const SEEKS = 500;

/** Folding a long incident from scratch, and going to any second of it as the replay does, with checkpoints. */
export function benchFold(): readonly BenchRow[] {
  const events = aLongRoom(EVENTS);
  foldRoom(events.slice(0, 5000)); // warms the code, not the data
  // The median of a few: a single one is as much the garbage collector's as the fold's.
  const foldMs = percentile(
    Array.from({ length: 5 }, () => took(() => foldRoom(events))),
    0.5,
  );
  const replay = createReplayFold(events);
  const seeks = Array.from({ length: SEEKS }, (_, seek) => {
    const at = momentOf(events, (seek * 7919) % EVENTS);
    return took(() => replay.stateAfter(replay.countAt(at)));
  });
  const seekMs = percentile(seeks, 0.95);
  const noFloor = { against: null, ratio: null };
  return [
    {
      what: `fold ${String(EVENTS)} events, median of 5`,
      value: foldMs,
      unit: 'ms',
      ...noFloor,
      goal: '<= 150 ms',
      met: foldMs <= 150,
    },
    { what: 'seek to any second, p95', value: seekMs, unit: 'ms', ...noFloor, goal: '<= 16 ms', met: seekMs <= 16 },
  ];
}

function took(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function momentOf(events: readonly Recorded<AnyRoomEvent>[], index: number): number {
  return events[index]?.at ?? 0;
}
