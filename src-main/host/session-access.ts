import type { OperatorId } from '../../shared/base/ids.ts';

/** A signed-in browser, as the host needs to know it. */
export interface DoorSession {
  readonly sessionId: string;
  readonly operatorId: OperatorId | null;
}

/** What the host asks about tokens and cookies. Kept by `identity/`, injected by `app/`. */
export interface SessionAccess {
  /**
   * Null for anything that is not a token in force. `deviceCookie` is what the browser keeps to be known again, as it
   * was sent; the session has the browser keep `deviceCookieValue`, a new one unless that was good.
   */
  openSession(
    token: string,
    deviceCookie: string | null,
  ): (DoorSession & { readonly cookieValue: string; readonly deviceCookieValue: string }) | null;
  sessionOf(cookieValue: string): DoorSession | null;
  /** Null as soon as the session, its token or its operator was revoked. */
  sessionById(sessionId: string): DoorSession | null;
  closeSession(sessionId: string): void;
}
