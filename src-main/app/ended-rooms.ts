import type { RoomBook } from '../commands/room-book.ts';
import type { WarRoom } from '../commands/war-room.ts';
import type { SyncService } from '../host/sync/sync-service.ts';

/** When a room ends, windows that have one of its texts open come back, and may only read. */
export function closeTextsOfEndedRooms(warRoom: WarRoom, sync: Pick<SyncService, 'rejudge'>): void {
  const ended = new Set([...warRoom.rooms.values()].filter(hasEnded).map((book) => book.file.roomId));
  warRoom.changed.listen((book) => {
    const { roomId } = book.file;
    if (ended.has(roomId) || !hasEnded(book)) return;
    ended.add(roomId);
    sync.rejudge(`${roomId}/statement/`);
  });
}

function hasEnded({ state }: RoomBook): boolean {
  return state.incident.phase !== 'undeclared' && state.incident.phase !== 'open';
}
