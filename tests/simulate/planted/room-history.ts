import type { StoredEvent } from '../../../shared/log/envelope.ts';
import { compareTime, type HybridTime } from '../../../shared/log/hybrid-time.ts';
import { createRoomHistory as createHonestRoomHistory, type RoomHistory } from '../../../shared/log/room-history.ts';
import type { KeyStanding, WorkspaceHistory } from '../../../shared/log/workspace-history.ts';

export * from '../../../shared/log/room-history.ts';

/** The planted fault: a revoked key counts as long as the time that it writes is before the revocation. */
export function createRoomHistory(workspace: WorkspaceHistory, stored: readonly StoredEvent[] = []): RoomHistory {
  const times = new Map<string, HybridTime>();
  const noteTimes = (events: readonly StoredEvent[]): void => {
    for (const { hash, envelope } of events) times.set(hash, envelope.time);
  };

  function standingOf(key: string, hash: string): KeyStanding {
    const time = times.get(hash);
    const isRevokedBefore = workspace.ordered.some(
      ({ hash: revocation, envelope, body }) =>
        envelope.type === 'KeyRetired' &&
        body?.['key'] === key &&
        !workspace.voids.has(revocation) &&
        (time === undefined || compareTime(envelope.time, time) < 0),
    );
    return isRevokedBefore ? 'beyond-cut' : 'in-force';
  }

  noteTimes(stored);
  const judging = new Proxy(workspace, {
    get: (target, name, receiver) =>
      name === 'standingOf'
        ? (key: string, _log: string, _seq: number, hash: string) => standingOf(key, hash)
        : (Reflect.get(target, name, receiver) as unknown),
  });
  const history = createHonestRoomHistory(judging, stored);
  return {
    ...history,
    get events() {
      return history.events;
    },
    get state() {
      return history.state;
    },
    get voids() {
      return history.voids;
    },
    add(added) {
      noteTimes(added);
      return history.add(added);
    },
  };
}
