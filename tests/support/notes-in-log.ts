import type { RoomId } from '../../shared/base/ids.ts';
import type { RoomCommand } from '../../shared/protocol/commands.ts';
import type { ApiClient } from './api-client.ts';

/** The plainest act there is: somebody writes a line into the log. */
export const note = (text: string): RoomCommand => ({
  type: 'addLogEntry',
  text,
  kind: 'note',
  occurredAt: null,
  lateReason: null,
  corrects: null,
});

/** Every line that somebody wrote, in the order of the log. */
export async function notesIn(api: ApiClient, roomId: RoomId): Promise<readonly string[]> {
  const { events } = await api.follow('room', { roomId });
  return events.flatMap(({ event }) => (event.type === 'LogEntryAdded' ? [event.text] : []));
}
