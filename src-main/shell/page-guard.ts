import { app, session, type Session, type WebContents } from 'electron';
import { isOwnPage } from './links.ts';

/** What the page may do besides showing itself; Electron grants everything that nobody refuses. */
const ALLOWED: ReadonlySet<string> = new Set(['notifications', 'clipboard-sanitized-write']);

/**
 * Deny by default, for every page that ever exists in this program: no way off our own origin, no second window, no
 * embedded page, no permission but two. `openOutside` is asked about an address the page wanted a window for.
 */
export function guardPages(ownOrigin: string, openOutside: (url: string) => void): void {
  app.on('web-contents-created', (_event, contents) => guardContents(contents, ownOrigin, openOutside));
}

function guardContents(contents: WebContents, ownOrigin: string, openOutside: (url: string) => void): void {
  const stayHome = (event: { readonly url: string; preventDefault(): void }) => {
    if (!isOwnPage(event.url, ownOrigin)) event.preventDefault();
  };
  contents.on('will-navigate', stayHome);
  contents.on('will-frame-navigate', stayHome);
  contents.on('will-redirect', stayHome);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    openOutside(url);
    return { action: 'deny' };
  });
}

/** After `ready`: there is no session before. */
export function guardPermissions(ownOrigin: string, guarded: Session = session.defaultSession): void {
  const allowed = (permission: string, origin: string) => ALLOWED.has(permission) && isOwnPage(origin, ownOrigin);
  guarded.setPermissionRequestHandler((contents, permission, decide) => {
    decide(allowed(permission, contents.getURL()));
  });
  guarded.setPermissionCheckHandler((_contents, permission, origin) => allowed(permission, origin));
  guarded.setDevicePermissionHandler(() => false);
  guarded.setDisplayMediaRequestHandler((_request, decide) => decide({}));
}
