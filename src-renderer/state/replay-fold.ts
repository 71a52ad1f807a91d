import type { Sha256Hex } from '../../shared/base/ids.ts';
import type { Recorded } from '../../shared/domain/roster/actor.ts';
import { type AnyRoomEvent, emptyRoom, evolve, judge, type RoomState } from '../../shared/domain/room/room.ts';
import type { Refusal } from '../../shared/domain/refusal/refusal.ts';

/** So far apart that keeping them is cheap, so close that folding on from one takes no time that anybody sees. */
export const CHECKPOINT_EVERY = 500;

export interface ReplayFold {
  readonly events: readonly Recorded<AnyRoomEvent>[];
  /** Every event that does not count, with the reason. What came later never changes whether something counts. */
  readonly voids: ReadonlyMap<Sha256Hex, Refusal>;
  /** How many events had been recorded by `at` (ms since 1970), those of that millisecond included. */
  countAt(at: number): number;
  /** The room after that many events: the same fold as the live screen's, begun at the checkpoint before. */
  stateAfter(count: number): RoomState;
}

/** Folds the log once and keeps checkpoints, so that any moment of it is at most `CHECKPOINT_EVERY` events away. */
export function createReplayFold(events: readonly Recorded<AnyRoomEvent>[]): ReplayFold {
  const voids = new Map<Sha256Hex, Refusal>();
  const checkpoints: RoomState[] = [emptyRoom];
  // Order in the log is causal, and a late event may bear an earlier time: it was there only from its place on.
  const latest = new Float64Array(events.length);
  let state = emptyRoom;
  let reached = 0;
  events.forEach((recorded, index) => {
    const reason = judge(state, recorded);
    if (reason) voids.set(recorded.hash, reason);
    else state = evolve(state, recorded);
    if ((index + 1) % CHECKPOINT_EVERY === 0) checkpoints.push(state);
    reached = Math.max(reached, recorded.at);
    latest[index] = reached;
  });

  return {
    events,
    voids,
    countAt(at) {
      let low = 0;
      let high = latest.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((latest[middle] ?? Infinity) <= at) low = middle + 1;
        else high = middle;
      }
      return low;
    },
    stateAfter(count) {
      const wanted = Math.max(0, Math.min(count, events.length));
      const checkpoint = Math.floor(wanted / CHECKPOINT_EVERY);
      let folded = checkpoints[checkpoint] ?? emptyRoom;
      for (let index = checkpoint * CHECKPOINT_EVERY; index < wanted; index += 1) {
        const recorded = events[index];
        if (recorded && !voids.has(recorded.hash)) folded = evolve(folded, recorded);
      }
      return folded;
    },
  };
}
