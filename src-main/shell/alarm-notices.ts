import { Notification } from 'electron';
import type { RoomId } from '../../shared/base/ids.ts';
import { visibleName } from '../../shared/base/untrusted-text.ts';
import type { RoomSummary } from '../../shared/protocol/views.ts';

/** A title comes from people and posts: the system's surfaces get a short line of it, with nothing hidden in it. */
const LONGEST_TITLE = 80;

export interface AlarmNotices {
  /** Shows one notification for each alarm that is new, and takes back those that were answered. */
  update(ringing: readonly RoomSummary[]): void;
}

export function createAlarmNotices(deps: { readonly iconFile: string; open(roomId: RoomId): void }): AlarmNotices {
  // Kept here as well so that a notification lives until it is answered: a collected one loses its click.
  const shownByRoom = new Map<RoomId, Notification>();

  function show(room: RoomSummary): void {
    const notification = new Notification({
      title: `Alarm: ${visibleName(room.title, LONGEST_TITLE)}`,
      body: room.demo ? 'A made-up crisis of the demo. Click to answer.' : 'Nobody has answered yet. Click to answer.',
      icon: deps.iconFile,
      urgency: 'critical',
      timeoutType: 'never',
      // The alarm's own sound comes from the page, which knows when somebody has silenced it.
      silent: true,
    });
    notification.on('click', () => deps.open(room.id));
    shownByRoom.set(room.id, notification);
    notification.show();
  }

  return {
    update(ringing) {
      for (const [roomId, notification] of shownByRoom) {
        if (ringing.some((room) => room.id === roomId)) continue;
        shownByRoom.delete(roomId);
        notification.close();
      }
      if (!Notification.isSupported()) return;
      for (const room of ringing) if (!shownByRoom.has(room.id)) show(room);
    },
  };
}
