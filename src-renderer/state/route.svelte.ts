import { RoomId, WatchQueryId } from '../../shared/base/ids.ts';

/** Which view is open: what stands after `#` in the address. */
export type Route =
  | { readonly view: 'watch' }
  | { readonly view: 'settings' }
  /** An invite for this machine, opened with the program: it is read once and goes from the address at once. */
  | { readonly view: 'join'; readonly link: string }
  | { readonly view: 'storm'; readonly watchQueryId: WatchQueryId }
  | { readonly view: 'room' | 'replay'; readonly roomId: RoomId };

/** Reads `#/watch`, `#/storm/ID`, `#/room/ID`, `#/replay/ID`, `#/settings`, `#/join/LINK`; anything else is the watch view. */
export function parseRoute(hash: string): Route {
  const [view, id] = hash.replace(/^#\/?/, '').split('/');
  if (view === 'settings') return { view };
  if (view === 'join' && id !== undefined) {
    const link = decoded(id);
    if (link !== null) return { view, link };
  }
  if (view === 'storm') {
    const watchQueryId = WatchQueryId.safeParse(id);
    if (watchQueryId.success) return { view, watchQueryId: watchQueryId.data };
  }
  if (view === 'room' || view === 'replay') {
    const roomId = RoomId.safeParse(id);
    if (roomId.success) return { view, roomId: roomId.data };
  }
  return { view: 'watch' };
}

/** The address of a view, to put into a link. */
export function hrefOf(route: Route): string {
  if (route.view === 'join') return `#/join/${encodeURIComponent(route.link)}`;
  if (route.view === 'storm') return `#/storm/${route.watchQueryId}`;
  return route.view === 'room' || route.view === 'replay' ? `#/${route.view}/${route.roomId}` : `#/${route.view}`;
}

/** What stands in one part of an address; null where it is no text, or too long for a link. */
function decoded(part: string): string | null {
  try {
    const text = decodeURIComponent(part);
    return text.length <= 4096 ? text : null;
  } catch {
    return null;
  }
}

export function navigate(route: Route): void {
  location.hash = hrefOf(route);
}

/** The open view, following the address. */
export class CurrentRoute {
  route = $state.raw<Route>(parseRoute(location.hash));

  follow(): () => void {
    const changed = (): void => {
      this.route = parseRoute(location.hash);
    };
    addEventListener('hashchange', changed);
    changed();
    return () => removeEventListener('hashchange', changed);
  }
}
