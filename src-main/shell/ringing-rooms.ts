import type { RoomSummary, SessionView } from '../../shared/protocol/views.ts';
import type { Api, Caller } from '../commands/ports.ts';

/** Who the program itself is when it follows what rings: whoever owns the data folder. */
export const OWN_CALLER: Caller = { sessionId: 'desktop', operatorId: null, door: 'desktop' };

/**
 * Follows the alarms that nobody has answered, whether or not a window is open, and tells about every change. Survives
 * a first run, a demo that is left, and another organisation in its place.
 */
export function followRingingRooms(api: Api, changed: (ringing: readonly RoomSummary[]) => void): () => void {
  let endRooms: (() => void) | null = null;
  let told = '[]';

  function tell(rooms: readonly RoomSummary[]): void {
    const ringing = rooms.filter((room) => room.ringing);
    const now = JSON.stringify(ringing.map(({ id, title }) => [id, title]));
    if (now === told) return;
    told = now;
    changed(ringing);
  }

  function leaveRooms(): void {
    endRooms?.();
    endRooms = null;
    tell([]);
  }

  // The payloads come from the host's own typed table, inside this program.
  const session = api.subscribe(OWN_CALLER, 'session', {}, (payload) => {
    if ((payload as SessionView).stage !== 'ready') return leaveRooms();
    if (endRooms) return;
    const rooms = api.subscribe(OWN_CALLER, 'rooms', {}, (summaries) => tell(summaries as readonly RoomSummary[]));
    if (rooms.ok) endRooms = rooms.value;
  });
  return () => {
    if (session.ok) session.value();
    leaveRooms();
  };
}
