import { join } from 'node:path';
import { app, Menu, nativeImage, Tray } from 'electron';
import type { RoomId } from '../../shared/base/ids.ts';
import type { RoomSummary } from '../../shared/protocol/views.ts';
import { visibleTitle } from './visible-title.ts';

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
    tray.setToolTip(first ? `Firebreak: alarm, ${visibleTitle(first.title)}` : 'Firebreak: no alarm');
    tray.setContextMenu(
      Menu.buildFromTemplate([
        ...ringing.map((room) => ({ label: `Alarm: ${visibleTitle(room.title)}`, click: () => deps.openRoom(room.id) })),
        ...(first ? [{ type: 'separator' as const }] : []),
        { label: 'Show Firebreak', click: () => deps.open() },
        { label: 'Quit Firebreak', click: () => app.quit() },
      ]),
    );
  }

  update([]);
  return { update, destroy: () => tray.destroy() };
}
