import { RoomId } from '../../shared/base/ids.ts';
import { APP_ORIGIN, LINK_SCHEME } from '../../shared/protocol/bridge.ts';

/** Longer than any link we make: a hostile one is not even parsed. */
const LONGEST_LINK = 200;

/**
 * Reads `firebreak://room/ID` and `firebreak://replay/ID`, written by anybody, into the page's own address; null for
 * everything else. A link shows a view. Whatever else it carries (a query, a fragment, a deeper path) makes it no link
 * of ours, so nothing can be smuggled into the page's address.
 */
export function pageHashOfLink(link: string): string | null {
  if (link.length > LONGEST_LINK || !URL.canParse(link)) return null;
  const url = new URL(link);
  if (url.protocol !== `${LINK_SCHEME}:` || url.username || url.password || url.port || url.search || url.hash) return null;
  if (url.hostname !== 'room' && url.hostname !== 'replay') return null;
  // Windows adds a slash at the end of what it hands over.
  const id = RoomId.safeParse(url.pathname.replace(/^\//, '').replace(/\/$/, ''));
  return id.success ? `#/${url.hostname}/${id.data}` : null;
}

/** The room that a page's address shows, where it shows one. */
export function roomIdOfPage(pageUrl: string): RoomId | null {
  const id = /#\/(?:room|replay)\/([^/?#]+)$/.exec(pageUrl)?.[1];
  const parsed = RoomId.safeParse(id);
  return parsed.success ? parsed.data : null;
}

/** Whether an address is one of the page's own. Node knows no origin of a scheme of ours, so its parts are compared. */
export function isOwnPage(url: string, ownOrigin: string = APP_ORIGIN): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host, username, password } = new URL(url);
  return `${protocol}//${host}` === ownOrigin && username === '' && password === '';
}
