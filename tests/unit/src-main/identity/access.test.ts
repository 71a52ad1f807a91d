import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { DeviceId, instant, OperatorId } from '../../../../shared/base/ids.ts';
import {
  type Access,
  createAccess,
  type OpenedSession,
  SESSION_IDLE_MS,
} from '../../../../src-main/identity/access.ts';
import { openAccessDatabase } from '../../../../src-main/identity/access-database.ts';

const ana = OperatorId.parse('ana');
const ben = OperatorId.parse('ben');
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newKeysDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-access-'));
  folders.push(folder);
  return join(folder, 'keys');
}

function open(keysDir = newKeysDir()) {
  let now = 1_750_000_000_000;
  const db = openAccessDatabase(keysDir);
  if (!db.ok) throw new Error(db.error.detail);
  const access = createAccess(db.value, { clock: { now: () => instant(now) }, randomBytes });
  return { access, keysDir, db: db.value, pass: (ms: number) => void (now += ms) };
}

/** A session that the test takes for granted, of a browser without a key. */
function opened(
  access: Access,
  token: string,
  deviceCookie?: string | null,
): OpenedSession & { readonly deviceCookieValue: string } {
  const session = access.openSession(token, deviceCookie);
  const kept = session?.deviceCookieValue ?? null;
  if (session === null || kept === null) throw new Error('the token opened no session');
  return { ...session, deviceCookieValue: kept };
}

test('a token opens several sessions, also after a restart; nothing else does', () => {
  const { access, keysDir } = open();
  const token = access.issueToken(ana);
  expect(token).toMatch(/^fb_[A-Za-z0-9_-]{43}$/);
  const first = access.openSession(token);
  const second = access.openSession(token);
  expect(first?.operatorId).toBe(ana);
  expect(first?.sessionId).not.toBe(second?.sessionId);
  access.close();

  const again = open(keysDir).access;
  expect(again.operatorOfToken(token)?.operatorId).toBe(ana);
  expect(again.sessionOf(first?.cookieValue ?? '')).toEqual({
    sessionId: first?.sessionId,
    operatorId: ana,
    deviceId: first?.deviceId,
    proveBefore: null,
  });
  for (const wrong of [
    '',
    'fb_',
    token.slice(0, -1),
    `${token}A`,
    token.slice(3),
    first?.cookieValue ?? '',
    `fb_${'A'.repeat(43)}`,
  ]) {
    expect(again.openSession(wrong)).toBeNull();
  }
  expect(again.sessionOf(token)).toBeNull();
  again.close();
});

test('neither tokens nor cookies are on disk, and only the owner can read what is', () => {
  const { access, keysDir } = open();
  const token = access.issueToken(ana);
  const { cookieValue, deviceCookieValue } = opened(access, token);
  const secrets = [token, token.slice(3), cookieValue, deviceCookieValue];
  const rawSecrets = secrets.slice(1).map((secret) => Buffer.from(secret, 'base64url').toString('latin1'));
  for (const name of readdirSync(keysDir)) {
    const bytes = readFileSync(join(keysDir, name)).toString('latin1');
    for (const secret of [...secrets, ...rawSecrets]) expect(bytes).not.toContain(secret);
    expect(statSync(join(keysDir, name)).mode & 0o777).toBe(0o600);
  }
  expect(readdirSync(keysDir)).toContain('access.db-wal');
  access.close();
});

test('every commit is on disk before it is acknowledged', () => {
  const { access, db } = open();
  expect(db.pragma('synchronous', { simple: true })).toBe(2);
  expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
  access.close();
});

test("a revocation ends all tokens and sessions of the operator at once, and nobody else's", () => {
  const { access } = open();
  const tokens = [access.issueToken(ana), access.issueToken(ana)];
  const sessions = tokens.map((token) => access.openSession(token));
  const other = access.openSession(access.issueToken(ben));

  const ended = access.revokeOperator(ana);
  expect([...ended].sort()).toEqual(sessions.map((session) => session?.sessionId).sort());
  for (const token of tokens) expect(access.openSession(token)).toBeNull();
  for (const session of sessions) expect(access.sessionOf(session?.cookieValue ?? '')).toBeNull();
  expect(access.sessionById(other?.sessionId ?? '')?.operatorId).toBe(ben);
  expect(access.revokeOperator(ana)).toEqual([]);
  access.close();
});

test('a session that acts as somebody else falls with either of the two', () => {
  const { access } = open();
  const token = access.issueToken(ana);
  const one = access.openSession(token);
  const two = access.openSession(token);
  expect(access.actAs(one?.sessionId ?? '', ben)?.operatorId).toBe(ben);
  expect(access.sessionById(one?.sessionId ?? '')?.operatorId).toBe(ben);
  expect(access.sessionById(two?.sessionId ?? '')?.operatorId).toBe(ana);

  expect(access.revokeOperator(ben)).toEqual([one?.sessionId]);
  expect(access.sessionById(two?.sessionId ?? '')?.operatorId).toBe(ana);
  access.actAs(two?.sessionId ?? '', ben);
  expect(access.revokeOperator(ana)).toEqual([two?.sessionId]);
  access.close();
});

test('the first run has nobody yet: its session, its token and its other tabs become one person, once', () => {
  const { access } = open();
  const token = access.issueToken(null);
  const session = access.openSession(token);
  const otherTab = access.openSession(token);
  expect(session?.operatorId).toBeNull();
  expect(access.bindOperator(session?.sessionId ?? '', ana)).toBe(true);
  expect(access.operatorOfToken(token)?.operatorId).toBe(ana);
  expect(access.sessionById(otherTab?.sessionId ?? '')?.operatorId).toBe(ana);
  expect(access.bindOperator(session?.sessionId ?? '', ana)).toBe(true);
  expect(access.bindOperator(session?.sessionId ?? '', ben)).toBe(false);
  expect(access.bindOperator('0'.repeat(64), ben)).toBe(false);
  access.close();
});

test('signing out ends one session; thirty idle days end it too, use keeps it', () => {
  const { access, pass } = open();
  const token = access.issueToken(ana);
  const used = access.openSession(token);
  const idle = access.openSession(token);
  const left = access.openSession(token);
  access.closeSession(left?.sessionId ?? '');
  expect(access.sessionOf(left?.cookieValue ?? '')).toBeNull();
  pass(SESSION_IDLE_MS - 1);
  expect(access.sessionOf(used?.cookieValue ?? '')).not.toBeNull();
  pass(2);
  expect(access.sessionOf(used?.cookieValue ?? '')).not.toBeNull();
  expect(access.sessionOf(idle?.cookieValue ?? '')).toBeNull();
  access.close();
});

test('a damaged file is named and left as it is; too wide a mode is narrowed', () => {
  const { access, keysDir } = open();
  access.close();
  const path = join(keysDir, 'access.db');
  chmodSync(path, 0o644);
  open(keysDir).access.close();
  expect(statSync(path).mode & 0o777).toBe(0o600);

  writeFileSync(path, 'this is not a database, it is a sentence that is long enough to be looked at');
  expect(openAccessDatabase(keysDir)).toMatchObject({ ok: false, error: { type: 'AccessUnusable', path } });
  expect(readFileSync(path, 'utf8')).toMatch(/^this is not a database/);
});

test('a disk that refuses to write signs nobody out', () => {
  const { access, db, pass } = open();
  const session = access.openSession(access.issueToken(ana));
  pass(2 * 60 * 60 * 1000);
  db.pragma('query_only = ON');
  expect(access.sessionById(session?.sessionId ?? '')).toEqual({
    sessionId: session?.sessionId,
    operatorId: ana,
    deviceId: session?.deviceId,
    proveBefore: null,
  });
  db.pragma('query_only = OFF');
  expect(access.sessionById(session?.sessionId ?? '')?.operatorId).toBe(ana);
  access.close();
});

test('after the organisation is gone one session and its token are nobody’s, and everything else has ended', () => {
  const { access } = open();
  const own = access.issueToken(ana);
  const kept = access.openSession(own);
  const sameLink = access.openSession(own);
  const old = access.issueToken(ben);
  const other = access.openSession(old);
  const unused = access.issueToken(null);
  access.actAs(kept?.sessionId ?? '', ben);
  expect([...access.releaseAll(kept?.sessionId ?? '')].sort()).toEqual([sameLink?.sessionId, other?.sessionId].sort());
  expect(access.sessionById(kept?.sessionId ?? '')?.operatorId).toBeNull();
  expect(access.operatorOfToken(own)?.operatorId).toBeNull();
  for (const token of [old, unused]) expect(access.operatorOfToken(token)).toBeNull();
  expect(access.bindOperator(kept?.sessionId ?? '', ben)).toBe(true);
  expect(access.releaseAll(null)).toEqual([kept?.sessionId]);
  expect(access.operatorOfToken(own)).toBeNull();
});

test('before a new organisation what belongs to somebody of an earlier one ends, and first-run links stay', () => {
  const { access } = open();
  const firstRun = access.issueToken(null);
  const waiting = access.openSession(firstRun);
  const old = access.openSession(access.issueToken(ana));
  expect(access.revokeBound()).toEqual([old?.sessionId]);
  expect(access.sessionById(old?.sessionId ?? '')).toBeNull();
  expect(access.sessionById(waiting?.sessionId ?? '')?.operatorId).toBeNull();
});

test('a browser is the same device under every link, for everybody, after signing out and after a restart', () => {
  const { access, keysDir } = open();
  const first = opened(access, access.issueToken(ana));
  expect(first.deviceId).toMatch(/^browser:[A-Za-z0-9_-]{43}$/);
  expect(DeviceId.parse(first.deviceId)).toBe(first.deviceId);
  access.closeSession(first.sessionId);
  const later = opened(access, access.issueToken(ben), first.deviceCookieValue);
  expect([later.deviceId, later.deviceCookieValue]).toEqual([first.deviceId, first.deviceCookieValue]);
  expect(later.sessionId).not.toBe(first.sessionId);
  access.close();

  const again = open(keysDir).access;
  expect(again.sessionOf(later.cookieValue)?.deviceId).toBe(first.deviceId);
  expect(opened(again, again.issueToken(ana), first.deviceCookieValue).deviceId).toBe(first.deviceId);
  again.close();
});

test('two browsers are two devices, also with one link and for one person', () => {
  const { access } = open();
  const token = access.issueToken(ana);
  const one = opened(access, token);
  const other = opened(access, token);
  expect(one.deviceId).not.toBe(other.deviceId);
  expect(one.deviceCookieValue).not.toBe(other.deviceCookieValue);
  access.close();
});

test.each([
  ['nothing', () => null],
  ['an empty one', () => ''],
  ['a short one', (good: string) => good.slice(1)],
  ['a long one', (good: string) => `${good}A`],
  ['other characters', (good: string) => `${good.slice(1)}=`],
  ['a line end', (good: string) => `${good}\n`],
  ['the name of the device', (_good: string, deviceId: string) => deviceId],
])('a device cookie that is %s is replaced by a new one', (_what, brought) => {
  const { access } = open();
  const first = opened(access, access.issueToken(ana));
  const second = opened(access, access.issueToken(ana), brought(first.deviceCookieValue, first.deviceId));
  expect(second.deviceCookieValue).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(second.deviceCookieValue).not.toBe(first.deviceCookieValue);
  expect(second.deviceId).not.toBe(first.deviceId);
  access.close();
});

test('whoever reads the store cannot speak for a device: nothing that is kept there makes it', () => {
  const { access, db } = open();
  const token = access.issueToken(ana);
  const first = opened(access, token);
  const script = access.operatorOfToken(token)?.deviceId ?? '';
  const kept = db
    .prepare('SELECT s.hash, s.token_hash, s.device FROM browser_session s')
    .raw()
    .all()
    .flat()
    .flatMap((value) => [
      String(value),
      String(value).slice(-43),
      Buffer.from(String(value), 'hex').toString('base64url'),
    ]);
  expect(kept).toContain(first.deviceId);
  for (const value of kept) expect([first.deviceId, script]).not.toContain(opened(access, token, value).deviceId);
  access.close();
});

test('acting as somebody else, becoming somebody and being released keep the device', () => {
  const { access } = open();
  const session = opened(access, access.issueToken(null));
  const { sessionId, deviceId } = session;
  expect(access.bindOperator(sessionId, ana)).toBe(true);
  expect(access.actAs(sessionId, ben)).toEqual({ sessionId, operatorId: ben, deviceId, proveBefore: null });
  expect(access.sessionById(sessionId)).toEqual({ sessionId, operatorId: ben, deviceId, proveBefore: null });
  access.releaseAll(sessionId);
  expect(access.sessionById(sessionId)).toEqual({ sessionId, operatorId: null, deviceId, proveBefore: null });
  access.close();
});

test('a durable token is a device of its own, the same after a restart, and does not say its hash', () => {
  const { access, keysDir, db } = open();
  const token = access.issueToken(ana);
  const holder = access.operatorOfToken(token);
  const tokenHash = String(db.prepare('SELECT hash FROM access_token').pluck().get());
  expect(holder?.deviceId).toMatch(/^token:[A-Za-z0-9_-]{43}$/);
  expect(JSON.stringify(holder)).not.toContain(tokenHash);
  expect(holder?.deviceId).not.toContain(Buffer.from(tokenHash, 'hex').toString('base64url'));
  expect(access.operatorOfToken(access.issueToken(ana))?.deviceId).not.toBe(holder?.deviceId);
  expect(opened(access, token).deviceId).not.toBe(holder?.deviceId);
  access.close();
  const again = open(keysDir).access;
  expect(again.operatorOfToken(token)).toEqual(holder);
  again.close();
});
