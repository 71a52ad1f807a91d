import { join } from 'node:path';
import { app, Menu, nativeImage, Tray } from 'electron';
import type { RoomId } from '../../shared/base/ids.ts';
import { visibleName } from '../../shared/base/untrusted-text.ts';
import type { RoomSummary } from '../../shared/protocol/views.ts';

/** A title comes from people and posts: the system's surfaces get a short line of it, with nothing hidden in it. */
const LONGEST_TITLE = 80;

export interface AlarmTray {
  update(ringing: readonly RoomSummary[]): void;
  destroy(): void;
}

/** The icon beside the system's clock: grey while it is calm, red with a mark while an alarm rings. */
export function createAlarmTray(deps: {
  readonly iconsDir: string;
  open(): void;
  openRoom(roomId: RoomId): void;
}): AlarmTray {
  const calm = nativeImage.createFromPath(join(deps.iconsDir, 'tray-calm.png'));
  const alarm = nativeImage.createFromPath(join(deps.iconsDir, 'tray-alarm.png'));
  const tray = new Tray(calm);
  tray.on('click', () => deps.open());

  function update(ringing: readonly RoomSummary[]): void {
    const [first] = ringing;
    tray.setImage(first ? alarm : calm);
    tray.setToolTip(first ? `Firebreak: alarm, ${visibleName(first.title, LONGEST_TITLE)}` : 'Firebreak: no alarm');
    tray.setContextMenu(
      Menu.buildFromTemplate([
        ...ringing.map((room) => ({
          label: `Alarm: ${visibleName(room.title, LONGEST_TITLE)}`,
          click: () => deps.openRoom(room.id),
        })),
        ...(first ? [{ type: 'separator' as const }] : []),
        { label: 'Show Firebreak', click: () => deps.open() },
        { label: 'Quit Firebreak', click: () => app.quit() },
      ]),
    );
  }

  update([]);
  return { update, destroy: () => tray.destroy() };
}
