import type { RoomId } from '../../../shared/base/ids.ts';
import type { RoomSummary } from '../../../shared/protocol/views.ts';

/** Where evidence can be kept now: rooms that are not over, newest first; only `only` where that is given. */
export function openRooms(rooms: readonly RoomSummary[], only: RoomId | null): readonly RoomSummary[] {
  return rooms
    .filter((room) => (only === null || room.id === only) && room.phase !== 'stood-down' && room.phase !== 'mistaken')
    .toSorted((one, other) => other.lastEventAt - one.lastEventAt);
}
