import type { PublicKeyHex } from '../base/ids.ts';
import type { Actor, Recorded } from '../domain/roster/actor.ts';
import { actorOfKey } from '../domain/workspace/workspace.ts';
import { type AnyRoomEvent, roomEventOf } from '../domain/room/room.ts';
import type { StoredEvent } from './envelope.ts';
import type { WorkspaceHistory } from './workspace-history.ts';

/**
 * How much of the workspace log each room event relied on, asked in the order of the log: an event names a head only
 * when it is new to its author, so what the author's earlier ones named counts too.
 */
export function createReliance(history: WorkspaceHistory): (stored: StoredEvent) => number {
  const lengthsByAuthor = new Map<PublicKeyHex, number>();
  return ({ envelope }) => {
    let length = lengthsByAuthor.get(envelope.author) ?? 0;
    for (const head of envelope.workspace) length = Math.max(length, history.lengthAt(head.hash));
    lengthsByAuthor.set(envelope.author, length);
    return length;
  };
}

/**
 * Says of each room event, in order, who signed it and what they were allowed to at that moment. The host and the
 * verifier use the same.
 */
export function createAttributor(history: WorkspaceHistory): (stored: StoredEvent) => Recorded<AnyRoomEvent> {
  const reliedOn = createReliance(history);

  function actorOf(stored: StoredEvent): Actor {
    const { author, log, seq } = stored.envelope;
    const state = history.stateAfter(reliedOn(stored));
    return seq > history.acceptedUpTo(author, log) ? { kind: 'unknown' } : actorOfKey(state, author);
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
