import type { DeviceId, Instant, OperatorId, PublicKeyHex } from '../../shared/base/ids.ts';

/** A signed-in browser, as the host needs to know it. */
export interface DoorSession {
  readonly sessionId: string;
  readonly operatorId: OperatorId | null;
  readonly deviceId: DeviceId;
  /** When a session with a key ends unless the key is proved again; null where a cookie alone is enough. */
  readonly proveBefore: Instant | null;
}

/** A session with what only its browser keeps. */
export interface OpenedDoorSession extends DoorSession {
  readonly cookieValue: string;
  /** Null for a browser that is known by its key. */
  readonly deviceCookieValue: string | null;
}

/** What the host asks about tokens, cookies and keys. Kept by `identity/`, injected by `app/`. */
export interface SessionAccess {
  /**
   * Null for anything that is not a token in force. `deviceCookie` is what the browser keeps to be known again, as it
   * was sent; the session has the browser keep `deviceCookieValue`, a new one unless that was good.
   */
  openSession(token: string, deviceCookie: string | null): OpenedDoorSession | null;
  /** The same for a browser that has just proved this key; it may come back without the token. */
  openSessionWithKey(token: string, key: PublicKeyHex): OpenedDoorSession | null;
  /**
   * For a browser that has just proved this key: its session goes on under a new cookie (`renewed`), or a new one
   * begins. Null when the key has come with no token that is still in force.
   */
  reopenSession(
    key: PublicKeyHex,
    cookieValue: string | null,
  ): (OpenedDoorSession & { readonly renewed: boolean }) | null;
  sessionOf(cookieValue: string): DoorSession | null;
  /** Null as soon as the session, its token or its operator was revoked, or its key not proved in time. */
  sessionById(sessionId: string): DoorSession | null;
  closeSession(sessionId: string): void;
  /** Closes the session, and its key needs a token again. */
  signOut(sessionId: string): void;
}
