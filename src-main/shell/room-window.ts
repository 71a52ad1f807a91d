import { app, BrowserWindow, nativeTheme, screen } from 'electron';
import { keepWindowState, openingBounds, readWindowState, SMALLEST } from './window-state.ts';

/** So long the window may be moved about before its place is written down. */
const SETTLED_MS = 500;

export interface RoomWindowDeps {
  readonly preloadFile: string;
  readonly iconFile: string;
  readonly stateFile: string;
  /** The page's address without a fragment. */
  readonly pageUrl: string;
  /** Asked when somebody closes the window; false keeps it. */
  mayClose(window: BrowserWindow): boolean;
  /** Somebody looks at the window now. */
  focused(): void;
}

export interface RoomWindow {
  /** Opens the window, or brings it to the front; `hash` names a view, such as `#/room/ID`. */
  show(hash?: string): void;
  current(): BrowserWindow | null;
}

export function createRoomWindow(deps: RoomWindowDeps): RoomWindow {
  let window: BrowserWindow | null = null;

  function open(hash: string): BrowserWindow {
    const state = readWindowState(deps.stateFile);
    const areas = screen.getAllDisplays().map((display) => display.workArea);
    const opened = new BrowserWindow({
      ...openingBounds(state, areas),
      minWidth: SMALLEST.width,
      minHeight: SMALLEST.height,
      show: false,
      title: app.name,
      icon: deps.iconFile,
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#14181c' : '#f6f7f8',
      webPreferences: {
        preload: deps.preloadFile,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        devTools: !app.isPackaged,
        // The countdown and the alarm's sound go on behind other windows.
        backgroundThrottling: false,
        spellcheck: false,
      },
    });
    if (state?.maximized) opened.maximize();
    keepState(opened);
    opened.once('ready-to-show', () => opened.show());
    opened.on('focus', () => deps.focused());
    opened.on('close', (event) => {
      if (!deps.mayClose(opened)) event.preventDefault();
    });
    opened.on('closed', () => {
      if (window === opened) window = null;
    });
    // Back to the same incident, unless a link or an alarm named another view.
    void opened.loadURL(deps.pageUrl + (hash || (state?.hash ?? ''))).catch(() => undefined); // closed while it loads
    return opened;
  }

  function keepState(opened: BrowserWindow): void {
    let timer: NodeJS.Timeout | null = null;
    const keep = () => {
      if (timer) clearTimeout(timer);
      timer = null;
      if (opened.isDestroyed()) return;
      const hash = URL.parse(opened.webContents.getURL())?.hash ?? '';
      keepWindowState(deps.stateFile, { ...opened.getNormalBounds(), maximized: opened.isMaximized(), hash });
    };
    const later = () => {
      if (timer) clearTimeout(timer);
      timer = setTimeout(keep, SETTLED_MS);
    };
    opened.on('resize', later);
    opened.on('move', later);
    opened.webContents.on('did-navigate-in-page', later);
    opened.on('close', keep);
  }

  return {
    show(hash = '') {
      if (!window) {
        window = open(hash);
        return;
      }
      // The same page with another fragment: it is not loaded anew, so nothing that was typed is touched.
      if (hash !== '') void window.loadURL(deps.pageUrl + hash).catch(() => undefined);
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
    },
    current: () => window,
  };
}
