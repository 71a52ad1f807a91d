import type { PublicKeyHex } from '../base/ids.ts';
import type { Actor, Recorded } from '../domain/roster/actor.ts';
import { actorOfKey } from '../domain/workspace/workspace.ts';
import { type AnyRoomEvent, roomEventOf } from '../domain/room/room.ts';
import type { StoredEvent } from './envelope.ts';
import type { WorkspaceHistory } from './workspace-history.ts';

/**
 * Says of each room event, in order, who signed it and what they were allowed to at that moment: by the workspace
 * heads that the event and its author's earlier ones named. The host and the verifier use the same.
 */
export function createAttributor(history: WorkspaceHistory): (stored: StoredEvent) => Recorded<AnyRoomEvent> {
  /** How much of the workspace log each author has relied on so far: an event names a head only when it is new. */
  const reliedOn = new Map<PublicKeyHex, number>();

  function actorOf({ envelope }: StoredEvent): Actor {
    let length = reliedOn.get(envelope.author) ?? 0;
    for (const head of envelope.workspace) length = Math.max(length, history.lengthAt(head.hash));
    reliedOn.set(envelope.author, length);
    if (envelope.seq > history.acceptedUpTo(envelope.author, envelope.log)) return { kind: 'unknown' };
    return actorOfKey(history.stateAfter(length), envelope.author);
  }

  return (stored) => ({
    index: stored.index,
    hash: stored.hash,
    at: stored.envelope.time.wall,
    actor: actorOf(stored),
    // A redacted body is gone for good; the chain still shows that something was there.
    event:
      stored.body === null
        ? { type: 'Unknown', name: stored.envelope.type }
        : roomEventOf(stored.envelope.type, stored.body),
  });
}
