import type { OperatorId } from '../../shared/base/ids.ts';
import { isPresent } from '../../shared/domain/room/room.ts';
import type { Schedule } from './ports.ts';
import type { RoomBook } from './room-book.ts';
import type { Presence } from './topics.ts';
import type { WarRoom } from './war-room.ts';

/** A reload is not a departure: whoever is back within this was never away. */
const GRACE_MS = 10_000;

/** What a full disk did not take is recorded later, as far as it is still true. */
const AGAIN_AFTER_MS = 2_000;

/**
 * Who is in which room, as evidence: the first window of a person to come and the last one to go. Nothing here throws:
 * whoever comes may read, also while the disk is full.
 */
export function createPresence(
  warRoom: WarRoom,
  schedule: Schedule,
  onFailure: (cause: unknown) => void,
): Presence & { stop(): void } {
  const windows = new Map<string, number>();
  const waiting = new Map<string, () => void>();
  const keyOf = (book: RoomBook, operatorId: OperatorId) => `${book.file.roomId} ${operatorId}`;

  /** Records what is so now, when the log says otherwise. */
  function settle(book: RoomBook, operatorId: OperatorId): void {
    const key = keyOf(book, operatorId);
    waiting.get(key)?.();
    waiting.delete(key);
    const isHere = (windows.get(key) ?? 0) > 0;
    if (!isHere) windows.delete(key);
    if (isHere === isPresent(book.state, operatorId)) return;
    try {
      warRoom.note(book, [{ type: isHere ? 'OperatorJoined' : 'OperatorLeft', operatorId }]);
    } catch (cause) {
      waiting.set(
        key,
        schedule(AGAIN_AFTER_MS, () => settle(book, operatorId)),
      );
      onFailure(cause);
    }
  }

  return {
    entered(book, operatorId) {
      const key = keyOf(book, operatorId);
      windows.set(key, (windows.get(key) ?? 0) + 1);
      settle(book, operatorId);
    },
    left(book, operatorId) {
      const key = keyOf(book, operatorId);
      const open = (windows.get(key) ?? 1) - 1;
      windows.set(key, open);
      if (open > 0) return;
      waiting.get(key)?.();
      waiting.set(
        key,
        schedule(GRACE_MS, () => settle(book, operatorId)),
      );
    },
    stop() {
      for (const cancel of waiting.values()) cancel();
      waiting.clear();
    },
  };
}
