import type { OperatorId } from '../../shared/base/ids.ts';
import { isPresent } from '../../shared/domain/room/room.ts';
import type { Schedule } from './ports.ts';
import type { RoomBook } from './room-book.ts';
import type { Presence } from './topics.ts';
import type { WarRoom } from './war-room.ts';

/** A reload is not a departure: whoever is back within this was never away. */
const GRACE_MS = 10_000;

/** Who is in which room, as evidence: the first window of a person to come and the last one to go. */
export function createPresence(warRoom: WarRoom, schedule: Schedule): Presence & { stop(): void } {
  const windows = new Map<string, number>();
  const leaving = new Map<string, () => void>();
  const keyOf = (book: RoomBook, operatorId: OperatorId) => `${book.file.roomId} ${operatorId}`;

  return {
    entered(book, operatorId) {
      const key = keyOf(book, operatorId);
      windows.set(key, (windows.get(key) ?? 0) + 1);
      leaving.get(key)?.();
      leaving.delete(key);
      if (!isPresent(book.state, operatorId)) warRoom.note(book, [{ type: 'OperatorJoined', operatorId }]);
    },
    left(book, operatorId) {
      const key = keyOf(book, operatorId);
      const open = (windows.get(key) ?? 1) - 1;
      windows.set(key, open);
      if (open > 0) return;
      leaving.set(
        key,
        schedule(GRACE_MS, () => {
          leaving.delete(key);
          windows.delete(key);
          if (isPresent(book.state, operatorId)) warRoom.note(book, [{ type: 'OperatorLeft', operatorId }]);
        }),
      );
    },
    stop() {
      for (const cancel of leaving.values()) cancel();
      leaving.clear();
    },
  };
}
