import { app, dialog, Menu, shell, type MenuItemConstructorOptions } from 'electron';

/** For whoever has to find an item again: its state changes with the alarms. */
export const GO_TO_ALARM = 'go-to-alarm';

export interface MenuActs {
  readonly dataDir: string;
  readonly version: string;
  exportRoom(): void;
  goToAlarm(): void;
  show(): void;
}

/** The menu has no "reload": nothing in the page needs it, and in a crisis it would be one more thing to fear. */
export function setApplicationMenu(acts: MenuActs): void {
  const mac = process.platform === 'darwin';
  const file: MenuItemConstructorOptions[] = [
    {
      id: GO_TO_ALARM,
      label: 'Go to the ringing alarm',
      accelerator: 'CmdOrCtrl+Shift+A',
      enabled: false,
      click: acts.goToAlarm,
    },
    { type: 'separator' },
    { id: 'export-room', label: 'Export this room…', accelerator: 'CmdOrCtrl+Shift+E', click: acts.exportRoom },
    { id: 'open-data-folder', label: 'Open the data folder', click: () => void shell.openPath(acts.dataDir) },
    { type: 'separator' },
    { role: mac ? 'close' : 'quit' },
  ];
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? [{ role: 'appMenu' as const }] : []),
    { label: 'File', submenu: file },
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        ...(app.isPackaged ? [] : [{ role: 'toggleDevTools' as const }]),
      ],
    },
    {
      label: 'Window',
      submenu: [{ id: 'show-window', label: 'Show Firebreak', click: acts.show }, { role: 'minimize' }],
    },
    { role: 'help', submenu: [{ id: 'about', label: 'About Firebreak', click: () => void about(acts) }] },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

export function showRingingInMenu(ringing: boolean): void {
  const item = Menu.getApplicationMenu()?.getMenuItemById(GO_TO_ALARM);
  if (item) item.enabled = ringing;
}

async function about({ version, dataDir }: MenuActs): Promise<void> {
  await dialog.showMessageBox({
    type: 'info',
    message: `Firebreak ${version}`,
    detail: `Everything is kept on this machine, in\n${dataDir}`,
    buttons: ['OK'],
  });
}
