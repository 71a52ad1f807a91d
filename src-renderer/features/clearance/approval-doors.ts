import type { Sha256Hex } from '../../../shared/base/ids.ts';
import type { Recorded } from '../../../shared/domain/roster/actor.ts';
import type { AnyRoomEvent } from '../../../shared/domain/room/room.ts';

/** Short, for a step of the chain; the timeline and the exports say it in full. */
const DOORS = { desktop: 'in the desktop window', browser: 'in a browser', local: 'on the command line' } as const;

/** Where each approval was given, in words, by the hash of the event that is the approval. */
export function approvalDoors(events: readonly Recorded<AnyRoomEvent>[]): ReadonlyMap<Sha256Hex, string> {
  return new Map(
    events.flatMap(({ hash, event }) =>
      event.type === 'RevisionApproved' ? [[hash, DOORS[event.door]] as const] : [],
    ),
  );
}
