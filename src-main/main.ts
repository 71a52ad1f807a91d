// The desktop door: a window onto a host of its own, in this very process.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { app, dialog, powerMonitor, type BrowserWindow } from 'electron';
import type { RoomSummary } from '../shared/protocol/views.ts';
import { APP_ORIGIN, LINK_SCHEME } from '../shared/protocol/bridge.ts';
import { type DesktopHost, openDesktopHost } from './app/desktop-host.ts';
import { demoFolderOf } from './app/data-folder.ts';
import { defaultDataFolder, programFolder } from './app/program.ts';
import { createAlarmNotices } from './shell/alarm-notices.ts';
import { createAlarmTray } from './shell/alarm-tray.ts';
import { setApplicationMenu, showRingingInMenu } from './shell/application-menu.ts';
import { createAttention } from './shell/attention.ts';
import { exportShownRoom } from './shell/export-dialog.ts';
import { bindIpc } from './shell/ipc-binding.ts';
import { readLaunchArguments } from './shell/launch-arguments.ts';
import { pageHashOfLink } from './shell/links.ts';
import { openOutside } from './shell/open-outside.ts';
import { guardPages, guardPermissions } from './shell/page-guard.ts';
import { registerPageScheme, servePage } from './shell/page-protocol.ts';
import { followRingingRooms } from './shell/ringing-rooms.ts';
import { createRoomWindow } from './shell/room-window.ts';
import { systemSecretProtection } from './shell/secret-protection.ts';

// The bundler's server, in `npm run dev`; a packaged program only ever shows its own files.
const devServer = app.isPackaged ? undefined : process.env['ELECTRON_RENDERER_URL'];
const ownOrigin = devServer === undefined ? APP_ORIGIN : new URL(devServer).origin;
const iconsDir = join(programFolder(), 'resources', 'icons');
const iconFile = join(iconsDir, 'firebreak.png');

const launch = readLaunchArguments(ownArguments(process.argv), process.cwd());
const chosenFolder = launch.dataDir ?? defaultDataFolder();
const dataDir = launch.demo ? demoFolderOf(chosenFolder) : chosenFolder;
/** A link that came before there was a window for it. */
let waitingHash = hashOf(launch.link);
let openLink: (hash: string) => void = (hash) => (waitingHash = hash);

registerPageScheme();
app.enableSandbox();
app.setAppUserModelId('app.firebreak.desktop');
// What the page keeps belongs to the data folder it was typed for: two folders must never share one profile.
const profileDir = join(dataDir, 'window');
app.setPath('userData', profileDir);

try {
  // Before Electron makes them for everybody to read.
  mkdirSync(profileDir, { recursive: true, mode: 0o700 });
  if (app.requestSingleInstanceLock()) begin();
  else app.quit(); // the first start has been told, and brings its window to the front
} catch (cause) {
  giveUp(cause);
}

function begin(): void {
  guardPages(ownOrigin, (url) => void openOutside(url));
  app.on('second-instance', (_event, argv, workingFolder) => {
    openLink(hashOf(readLaunchArguments(ownArguments(argv), workingFolder).link));
  });
  app.on('open-url', (event, url) => {
    event.preventDefault();
    openLink(hashOf(url));
  });
  // Only an installed program may claim the scheme: a clone that is tried once must leave nothing behind.
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME);
  app.whenReady().then(openHost).catch(giveUp);
}

async function openHost(): Promise<void> {
  const opened = await openDesktopHost({
    dataDir,
    demo: launch.demo,
    demoSpeed: launch.demoSpeed,
    secretProtection: systemSecretProtection(),
  });
  if (opened.ok) openDesktop(opened.value);
  else giveUp(opened.error);
}

function openDesktop(host: DesktopHost): void {
  let quitting = false;
  let ringing: readonly RoomSummary[] = [];
  guardPermissions(ownOrigin);
  servePage(host.page);
  bindIpc({
    api: host.api,
    ownOrigin,
    failed: (topic, cause) => host.warn('a window was not told', { topic, err: cause }),
  });

  const attention = createAttention();
  const window = createRoomWindow({
    preloadFile: join(import.meta.dirname, '..', 'preload', 'preload.cjs'),
    iconFile,
    stateFile: join(profileDir, 'window.json'),
    pageUrl: devServer ?? `${APP_ORIGIN}/`,
    mayClose: (closing) => quitting || host.sharedAt() === null || askBeforeClosing(closing, host.sharedAt() ?? ''),
    focused: () => attention.seen(window.current()),
  });
  const openRoom = (roomId: string) => window.show(`#/room/${roomId}`);
  const notices = createAlarmNotices({ iconFile: join(iconsDir, 'alarm.png'), open: openRoom });
  const tray = createAlarmTray({ iconsDir, open: () => window.show(), openRoom });
  setApplicationMenu({
    dataDir,
    version: host.version,
    exportRoom: () => void exportShownRoom(host.api, window.current()),
    goToAlarm: () => ringing[0] && openRoom(ringing[0].id),
    show: () => window.show(),
  });

  openLink = (hash) => window.show(hash);
  window.show(waitingHash);
  const unfollow = followRingingRooms(host.api, (now) => {
    ringing = now;
    notices.update(now);
    tray.update(now);
    showRingingInMenu(now.length > 0);
    attention.update(now.length, window.current());
  });

  powerMonitor.on('resume', () => host.refresh());
  app.on('activate', () => window.show());
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  app.on('before-quit', () => (quitting = true));
  closeBeforeQuitting(async () => {
    unfollow();
    tray.destroy();
    await host.close();
  });
}

/** The host is closed after the last window, and the program ends only when it is. */
function closeBeforeQuitting(close: () => Promise<void>): void {
  let state: 'open' | 'closing' | 'closed' = 'open';
  app.on('will-quit', (event) => {
    if (state === 'closed') return;
    event.preventDefault();
    if (state === 'closing') return;
    state = 'closing';
    void close()
      .catch((cause: unknown) => process.stderr.write(`The host did not close cleanly: ${String(cause)}\n`))
      .finally(() => {
        state = 'closed';
        app.quit();
      });
  });
}

/** Closing the window ends the host, and with it the room for everybody who came in by its address. */
function askBeforeClosing(window: BrowserWindow, address: string): false {
  void dialog
    .showMessageBox(window, {
      type: 'warning',
      message: 'This room is shared. Close it for everybody?',
      detail: `Whoever works at ${address} loses the connection. What they typed stays in their browser; everything recorded is kept here.`,
      buttons: ['Keep it open', 'Close for everybody'],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
    })
    .then(({ response }) => {
      if (response === 1) window.destroy();
    });
  return false;
}

function giveUp(cause: unknown): void {
  dialog.showErrorBox('Firebreak cannot open', cause instanceof Error ? cause.message : String(cause));
  app.exit(1);
}

function hashOf(link: string | null): string {
  return (link !== null && pageHashOfLink(link)) || '';
}

/** A development run has the application's folder after the program. */
function ownArguments(argv: readonly string[]): readonly string[] {
  return argv.slice(app.isPackaged ? 1 : 2);
}
