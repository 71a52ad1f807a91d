import type { Sha256Hex } from '../../shared/base/ids.ts';
import type { Refusal } from '../../shared/domain/refusal/refusal.ts';
import type { Recorded } from '../../shared/domain/roster/actor.ts';
import { type AnyRoomEvent, emptyRoom, evolve, judge, type RoomState } from '../../shared/domain/room/room.ts';
import type { RoomFeed } from '../../shared/protocol/views.ts';
import { landedAmong } from './late-marks.ts';

/** A room's log as a page holds it, with its fold. Replaced, never changed in place. */
export interface RoomLog {
  readonly events: readonly Recorded<AnyRoomEvent>[];
  readonly state: RoomState;
  readonly voids: ReadonlyMap<Sha256Hex, Refusal>;
  /** Late entries that landed in the middle of what was shown, in the order in which they came. */
  readonly landed: readonly Sha256Hex[];
}

export const emptyRoomLog: RoomLog = { events: [], state: emptyRoom, voids: new Map(), landed: [] };

/** Takes in what the host pushed: what follows goes on the end, what lands before that has everything folded anew. */
export function takeFeed(log: RoomLog, { from, events: pushed }: RoomFeed): RoomLog {
  const { events: before, landed } = log;
  if (from === before.length) return { ...folded(log, pushed), landed };
  const events = [...before.slice(0, from), ...pushed];
  const held = new Set(events.map(({ hash }) => hash));
  const late = landedAmong(before, events);
  const still = landed.filter((hash) => held.has(hash) && !late.includes(hash));
  return { ...folded(emptyRoomLog, events), landed: [...still, ...late] };
}

function folded(log: RoomLog, added: readonly Recorded<AnyRoomEvent>[]): Omit<RoomLog, 'landed'> {
  let { state } = log;
  const voids = new Map(log.voids);
  for (const recorded of added) {
    const reason = judge(state, recorded);
    if (reason) voids.set(recorded.hash, reason);
    else state = evolve(state, recorded);
  }
  return { events: [...log.events, ...added], state, voids };
}
