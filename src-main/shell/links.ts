import { RoomId } from '../../shared/base/ids.ts';
import { APP_ORIGIN, LINK_SCHEME } from '../../shared/protocol/bridge.ts';

/** Read as text: a parser of addresses would resolve `..` and forgive what we do not mean. */
const LINK = new RegExp(`^${LINK_SCHEME}://(room|replay)/([a-z0-9-]{8,40})/?$`);

/** An invite is shown before anything is done with it, and is never logged: whoever holds it may join. */
const INVITE = new RegExp(`^${LINK_SCHEME}://join/?#[A-Za-z0-9_-]+$`);
const LONGEST_INVITE = 4096;

/**
 * Reads `firebreak://room/ID` and `firebreak://replay/ID`, written by anybody, into the page's own address; null for
 * everything else. A link shows a view and never acts. Windows adds a slash at its end.
 */
export function pageHashOfLink(link: string): string | null {
  if (link.length <= LONGEST_INVITE && INVITE.test(link)) {
    return `#/join/${encodeURIComponent(link.replace('join/#', 'join#'))}`;
  }
  const [, view, id] = LINK.exec(link) ?? [];
  const roomId = RoomId.safeParse(id);
  return view !== undefined && roomId.success ? `#/${view}/${roomId.data}` : null;
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
