/**
 * Who may come in: durable access tokens and the browser sessions that were opened with them.
 *
 * 1. Neither a token nor a cookie is ever stored: only its SHA-256. Each holds 256 random bits, so a plain hash is
 *    enough, and looking one up by its hash takes no time that depends on the secret.
 * 2. A revocation is on disk before `revokeOperator` returns, and covers every token and every session of the operator,
 *    those included which act as somebody else.
 * 3. A session lives as long as its token does.
 * 4. A session belongs to the device that it was opened from, whoever it comes to speak for.
 * 5. A session with a key lasts no longer than `PROOF_LASTS_MS` after the key was last proved, and each proof gives it
 *    another cookie: a copy of the cookie ends when the browser that it was copied from proves its key again.
 */
import { createHash } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { type DeviceId, type Instant, instant, type OperatorId, type PublicKeyHex } from '../../shared/base/ids.ts';
import { invariant } from '../../shared/base/invariant.ts';
import type { Clock } from '../commands/ports.ts';
import { browserDevice, earlierBrowserDevice, keyDevice, tokenDevice } from './device.ts';

export interface BrowserSession {
  /** The SHA-256 of the first cookie: names the session without being able to open it. */
  readonly sessionId: string;
  /** Null in the first run, before there is an organisation with operators. */
  readonly operatorId: OperatorId | null;
  /** The browser, for as long as its profile keeps its key or the device cookie: signing in anew does not change it. */
  readonly deviceId: DeviceId;
  /** When a session with a key ends unless the key is proved again; null where a cookie alone is enough. */
  readonly proveBefore: Instant | null;
}

/** What is told this once: only the browser keeps it. */
export interface OpenedSession extends BrowserSession {
  readonly cookieValue: string;
  /** The one that the browser brought, or a new one; null for a browser that is known by its key. */
  readonly deviceCookieValue: string | null;
}

export interface TokenHolder {
  readonly operatorId: OperatorId | null;
  /** For whoever opens documents with the token itself. */
  readonly deviceId: DeviceId;
}

export interface Access {
  /** A new durable token; this is the only moment at which it can be read. */
  issueToken(operatorId: OperatorId | null): string;
  /** Null for anything that is not a token in force. */
  operatorOfToken(token: string): TokenHolder | null;
  /**
   * Swaps a token for a session; null for anything that is not a token in force. A browser that brings no device
   * cookie, or something that is none, gets a new one.
   */
  openSession(token: string, deviceCookie?: string | null): OpenedSession | null;
  /**
   * The same for a browser whose proof of this key was checked: the session and the token belong to the key from now
   * on, so that `reopenSession` needs no token. The key's earlier token is forgotten.
   */
  openSessionWithKey(token: string, key: PublicKeyHex): OpenedSession | null;
  /**
   * After a checked proof of the key: the session of this cookie goes on under a new one, or a new session begins when
   * the cookie's is over or another key's. Null when the key never came with a token that is still in force, or was
   * signed out since.
   */
  reopenSession(key: PublicKeyHex, cookieValue: string | null): (OpenedSession & { readonly renewed: boolean }) | null;
  sessionOf(cookieValue: string): BrowserSession | null;
  sessionById(sessionId: string): BrowserSession | null;
  closeSession(sessionId: string): void;
  /** Closes the session, and its key needs a token again. */
  signOut(sessionId: string): void;
  /**
   * After the organisation is gone: this session, with the token it came with, is nobody's and may belong to whoever
   * sets up the next one; everything else ends, or an old link would open for a new person of the same id. Returns the
   * ids of the sessions that ended.
   */
  releaseAll(keptSessionId: string | null): readonly string[];
  /** Before a new organisation: ends whatever still belongs to somebody of an earlier one. */
  revokeBound(): readonly string[];
  /** Gives a first-run session, and the token it came with, to a person. False when it already belongs to another. */
  bindOperator(sessionId: string, operatorId: OperatorId): boolean;
  /** Lets a session act as another operator. Whether it may is decided by the caller: only demo rooms allow it. */
  actAs(sessionId: string, operatorId: OperatorId): BrowserSession | null;
  /** Ends all tokens and sessions of an operator; returns the ids of the sessions, whose sockets must now be cut. */
  revokeOperator(operatorId: OperatorId): readonly string[];
  close(): void;
}

const TOKEN_PREFIX = 'fb_';
const TOKEN = /^fb_[A-Za-z0-9_-]{43}$/;
const COOKIE = /^[A-Za-z0-9_-]{43}$/;
const SECRET_BYTES = 32;

/** A browser that was not seen for this long has to show its token again. */
export const SESSION_IDLE_MS = 30 * 24 * 60 * 60 * 1000;
/** How long a browser with a key is believed on its cookie alone. */
export const PROOF_LASTS_MS = 12 * 60 * 60 * 1000;
/** How stale `last_seen_at` may get: each refresh is a synchronous commit, so it must not happen on every frame. */
const SEEN_GRAIN_MS = 60 * 60 * 1000;

interface TokenRow {
  readonly operator: OperatorId | null;
}
interface SessionRow extends TokenRow {
  readonly device: DeviceId | null;
  readonly key: PublicKeyHex | null;
  readonly proved_at: number | null;
  readonly last_seen_at: number;
}

/** What tells a browser from others: its key, or what its device cookie holds. */
type KnownBy = { readonly key: PublicKeyHex } | { readonly deviceCookieValue: string };

/** `db` comes from `openAccessDatabase`, which made the tables. */
export function createAccess(
  db: Database,
  deps: { readonly clock: Clock; readonly randomBytes: (size: number) => Uint8Array },
): Access {
  const insertToken = db.prepare<[string, string | null, number]>(
    'INSERT INTO access_token (hash, operator, created_at) VALUES (?, ?, ?)',
  );
  const selectToken = db.prepare<[string], TokenRow>(
    'SELECT operator FROM access_token WHERE hash = ? AND revoked_at IS NULL',
  );
  const insertSession = db.prepare<
    [string, string, string, string | null, string, string | null, number | null, number, number]
  >(
    `INSERT INTO browser_session (hash, cookie_hash, token_hash, operator, device, key, proved_at, created_at, last_seen_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const selectIdByCookie = db
    .prepare<[string], string>('SELECT hash FROM browser_session WHERE cookie_hash = ?')
    .pluck();
  const renewCookie = db.prepare<[string, number, number, string]>(
    'UPDATE browser_session SET cookie_hash = ?, proved_at = ?, last_seen_at = ? WHERE hash = ?',
  );
  const keepKey = db.prepare<[string, string, number]>(
    `INSERT INTO browser_key (key, token_hash, created_at) VALUES (?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET token_hash = excluded.token_hash`,
  );
  const forgetKey = db.prepare<[string]>(
    'DELETE FROM browser_key WHERE key = (SELECT key FROM browser_session WHERE hash = ?)',
  );
  const selectKey = db.prepare<[string], TokenRow & { readonly hash: string }>(
    `SELECT t.hash, t.operator FROM browser_key k JOIN access_token t ON t.hash = k.token_hash
     WHERE k.key = ? AND t.revoked_at IS NULL`,
  );
  const selectSession = db.prepare<[string], SessionRow>(
    `SELECT s.operator, s.device, s.key, s.proved_at, s.last_seen_at FROM browser_session s JOIN access_token t ON t.hash = s.token_hash
     WHERE s.hash = ? AND s.revoked_at IS NULL AND t.revoked_at IS NULL`,
  );
  const touchSession = db.prepare<[number, string]>('UPDATE browser_session SET last_seen_at = ? WHERE hash = ?');
  const setSessionOperator = db.prepare<[string, string]>('UPDATE browser_session SET operator = ? WHERE hash = ?');
  const endSession = db.prepare<[number, string]>(
    'UPDATE browser_session SET revoked_at = ? WHERE hash = ? AND revoked_at IS NULL',
  );
  const bindToken = db.prepare<[string, string]>(
    `UPDATE access_token SET operator = ? WHERE operator IS NULL
     AND hash = (SELECT token_hash FROM browser_session WHERE hash = ?)`,
  );
  // Other tabs of the same first run came in with the same token and are the same person.
  const bindSessions = db.prepare<[string, string]>(
    `UPDATE browser_session SET operator = ? WHERE operator IS NULL
     AND token_hash = (SELECT token_hash FROM browser_session WHERE hash = ?)`,
  );
  const selectSessionsOf = db.prepare<[string, string], { hash: string }>(
    `SELECT hash FROM browser_session WHERE revoked_at IS NULL
     AND (operator = ? OR token_hash IN (SELECT hash FROM access_token WHERE operator = ?))`,
  );
  const revokeTokens = db.prepare<[number, string]>(
    'UPDATE access_token SET revoked_at = ? WHERE operator = ? AND revoked_at IS NULL',
  );

  const releaseToken = db.prepare<[string]>(
    'UPDATE access_token SET operator = NULL WHERE hash = (SELECT token_hash FROM browser_session WHERE hash = ?)',
  );
  const releaseSession = db.prepare<[string]>('UPDATE browser_session SET operator = NULL WHERE hash = ?');
  const revokeOtherTokens = db.prepare<[number, string]>(
    `UPDATE access_token SET revoked_at = ? WHERE revoked_at IS NULL
     AND hash IS NOT (SELECT token_hash FROM browser_session WHERE hash = ? AND revoked_at IS NULL)`,
  );
  const selectOtherSessions = db
    .prepare<[string], string>('SELECT hash FROM browser_session WHERE revoked_at IS NULL AND hash <> ?')
    .pluck();
  const selectBoundSessions = db
    .prepare<[], string>(
      `SELECT s.hash FROM browser_session s JOIN access_token t ON t.hash = s.token_hash
       WHERE s.revoked_at IS NULL AND (s.operator IS NOT NULL OR t.operator IS NOT NULL)`,
    )
    .pluck();
  const revokeBoundTokens = db.prepare<[number]>(
    'UPDATE access_token SET revoked_at = ? WHERE operator IS NOT NULL AND revoked_at IS NULL',
  );

  function newSecret(): string {
    const bytes = deps.randomBytes(SECRET_BYTES);
    invariant(bytes.length === SECRET_BYTES, 'a secret has 256 random bits');
    return Buffer.from(bytes).toString('base64url');
  }

  function tokenInForce(token: string) {
    if (!TOKEN.test(token)) return null;
    const tokenHash = sha256(token);
    const row = selectToken.get(tokenHash);
    return row ? { tokenHash, operatorId: row.operator } : null;
  }

  /** A disk that is full must not sign anybody out: the session is as good as before, only not seen anew. */
  function touch(sessionId: string, now: number): void {
    try {
      touchSession.run(now, sessionId);
    } catch {
      // Tried again at its next frame.
    }
  }

  function sessionById(sessionId: string): BrowserSession | null {
    const row = selectSession.get(sessionId);
    if (!row) return null;
    const now = deps.clock.now();
    if (now - row.last_seen_at > SESSION_IDLE_MS) return null;
    const proveBefore = row.proved_at === null ? null : instant(row.proved_at + PROOF_LASTS_MS);
    if (proveBefore !== null && now >= proveBefore) return null;
    if (now - row.last_seen_at > SEEN_GRAIN_MS) touch(sessionId, now);
    const deviceId = row.device ?? earlierBrowserDevice(sessionId);
    return { sessionId, operatorId: row.operator, deviceId, proveBefore };
  }

  function sessionOf(cookieValue: string): BrowserSession | null {
    const sessionId = COOKIE.test(cookieValue) ? selectIdByCookie.get(sha256(cookieValue)) : undefined;
    return sessionId === undefined ? null : sessionById(sessionId);
  }

  function begin(token: { tokenHash: string; operatorId: OperatorId | null }, known: KnownBy): OpenedSession {
    const { tokenHash, operatorId } = token;
    const cookieValue = newSecret();
    const sessionId = sha256(cookieValue);
    const now = deps.clock.now();
    const key = 'key' in known ? known.key : null;
    const deviceCookieValue = 'key' in known ? null : known.deviceCookieValue;
    const deviceId = 'key' in known ? keyDevice(known.key) : browserDevice(known.deviceCookieValue);
    const provedAt = key === null ? null : now;
    insertSession.run(sessionId, sessionId, tokenHash, operatorId, deviceId, key, provedAt, now, now);
    const proveBefore = provedAt === null ? null : instant(provedAt + PROOF_LASTS_MS);
    return { sessionId, operatorId, deviceId, proveBefore, cookieValue, deviceCookieValue };
  }

  const beginWithKey = db.transaction((token: string, key: PublicKeyHex): OpenedSession | null => {
    const held = tokenInForce(token);
    if (!held) return null;
    keepKey.run(key, held.tokenHash, deps.clock.now());
    return begin(held, { key });
  });

  const reopen = db.transaction((key: PublicKeyHex, cookieValue: string | null) => {
    const known = selectKey.get(key);
    if (!known) return null;
    const current = cookieValue === null ? null : sessionOf(cookieValue);
    const row = current && selectSession.get(current.sessionId);
    if (!current || row?.key !== key)
      return { ...begin({ tokenHash: known.hash, operatorId: known.operator }, { key }), renewed: false };
    const renewed = newSecret();
    const now = deps.clock.now();
    renewCookie.run(sha256(renewed), now, now, current.sessionId);
    const proveBefore = instant(now + PROOF_LASTS_MS);
    return { ...current, proveBefore, cookieValue: renewed, deviceCookieValue: null, renewed: true };
  });

  const bind = db.transaction((sessionId: string, operatorId: OperatorId): boolean => {
    const session = sessionById(sessionId);
    if (!session) return false;
    if (session.operatorId !== null) return session.operatorId === operatorId;
    bindToken.run(operatorId, sessionId);
    bindSessions.run(operatorId, sessionId);
    return true;
  });

  const revoke = db.transaction((operatorId: OperatorId): readonly string[] => {
    const now = deps.clock.now();
    const sessionIds = selectSessionsOf.all(operatorId, operatorId).map((row) => row.hash);
    revokeTokens.run(now, operatorId);
    for (const sessionId of sessionIds) endSession.run(now, sessionId);
    return sessionIds;
  });

  const signOut = db.transaction((sessionId: string): void => {
    forgetKey.run(sessionId);
    endSession.run(deps.clock.now(), sessionId);
  });

  const release = db.transaction((keptSessionId: string | null): readonly string[] => {
    const now = deps.clock.now();
    const kept = keptSessionId ?? '';
    const ended = selectOtherSessions.all(kept);
    revokeOtherTokens.run(now, kept);
    for (const sessionId of ended) endSession.run(now, sessionId);
    releaseToken.run(kept);
    releaseSession.run(kept);
    return ended;
  });

  const revokeOfEarlier = db.transaction((): readonly string[] => {
    const now = deps.clock.now();
    const ended = selectBoundSessions.all();
    revokeBoundTokens.run(now);
    for (const sessionId of ended) endSession.run(now, sessionId);
    return ended;
  });

  return {
    issueToken(operatorId) {
      const token = TOKEN_PREFIX + newSecret();
      insertToken.run(sha256(token), operatorId, deps.clock.now());
      return token;
    },
    operatorOfToken(token) {
      const held = tokenInForce(token);
      return held && { operatorId: held.operatorId, deviceId: tokenDevice(held.tokenHash) };
    },
    openSession(token, deviceCookie = null) {
      const held = tokenInForce(token);
      if (!held) return null;
      const deviceCookieValue = deviceCookie !== null && COOKIE.test(deviceCookie) ? deviceCookie : newSecret();
      return begin(held, { deviceCookieValue });
    },
    openSessionWithKey: (token, key) => beginWithKey.immediate(token, key),
    reopenSession: (key, cookieValue) => reopen.immediate(key, cookieValue),
    sessionOf,
    sessionById,
    closeSession: (sessionId) => void endSession.run(deps.clock.now(), sessionId),
    signOut: (sessionId) => signOut.immediate(sessionId),
    releaseAll: (keptSessionId) => release.immediate(keptSessionId),
    revokeBound: () => revokeOfEarlier.immediate(),
    bindOperator: (sessionId, operatorId) => bind.immediate(sessionId, operatorId),
    actAs(sessionId, operatorId) {
      const session = sessionById(sessionId);
      if (!session) return null;
      setSessionOperator.run(operatorId, sessionId);
      return { ...session, operatorId };
    },
    revokeOperator: (operatorId) => revoke.immediate(operatorId),
    close: () => void db.close(),
  };
}

function sha256(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}
