import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import { createAccess } from '../../../../src-main/identity/access.ts';
import { openAccessDatabase } from '../../../../src-main/identity/access-database.ts';
import { unwrap } from '../../../support/unwrap.ts';

/** As the first release made it: sessions had no device. */
const FIRST_SCHEMA = `
  CREATE TABLE access_token (
    hash TEXT PRIMARY KEY, operator TEXT, created_at INTEGER NOT NULL, revoked_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX access_token_by_operator ON access_token (operator);
  CREATE TABLE browser_session (
    hash TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL REFERENCES access_token (hash),
    operator TEXT,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    revoked_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX browser_session_by_token ON browser_session (token_hash);
  CREATE INDEX browser_session_by_operator ON browser_session (operator);
  PRAGMA user_version = 1;
`;

const AT = 1_750_000_000_000;
const TOKEN = `fb_${'t'.repeat(43)}`;
const COOKIES = ['a'.repeat(43), 'b'.repeat(43)] as const;

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function newKeysDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-access-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const keysDir = join(folder, 'keys');
  mkdirSync(keysDir);
  return keysDir;
}

function oldFile(): string {
  const keysDir = newKeysDir();
  const db = new Sqlite(join(keysDir, 'access.db'));
  db.exec(FIRST_SCHEMA);
  db.prepare('INSERT INTO access_token VALUES (?, ?, ?, NULL)').run(sha256(TOKEN), 'ana', AT);
  for (const cookie of COOKIES)
    db.prepare('INSERT INTO browser_session VALUES (?, ?, ?, ?, ?, NULL)').run(
      sha256(cookie),
      sha256(TOKEN),
      'ana',
      AT,
      AT,
    );
  db.close();
  return keysDir;
}

function open(keysDir: string) {
  const db = unwrap(openAccessDatabase(keysDir));
  return { db, access: createAccess(db, { clock: { now: () => instant(AT + 1000) }, randomBytes }) };
}

test('a file from before there were devices goes on: nobody is signed out, and each session has a device that stays', () => {
  const keysDir = oldFile();
  const { access, db } = open(keysDir);
  expect(db.pragma('user_version', { simple: true })).toBe(3);
  const devices = COOKIES.map((cookie) => {
    const session = access.sessionOf(cookie);
    expect(session).toMatchObject({ sessionId: sha256(cookie), operatorId: 'ana' });
    return session?.deviceId;
  });
  for (const device of devices) expect(device).toMatch(/^browser:[A-Za-z0-9_-]{43}$/);
  expect(new Set(devices).size).toBe(2);
  expect(access.operatorOfToken(TOKEN)?.operatorId).toBe('ana');
  const signedIn = access.openSession(TOKEN);
  expect(devices).not.toContain(signedIn?.deviceId);
  access.close();

  const again = open(keysDir).access;
  expect(COOKIES.map((cookie) => again.sessionOf(cookie)?.deviceId)).toEqual(devices);
  expect(again.sessionOf(signedIn?.cookieValue ?? '')?.deviceId).toBe(signedIn?.deviceId);
  again.close();
});

test('the device of an earlier session is none that somebody could bring as a cookie', () => {
  const { access } = open(oldFile());
  const device = access.sessionOf(COOKIES[0])?.deviceId;
  const hash = sha256(COOKIES[0]);
  for (const brought of [COOKIES[0], hash.slice(0, 43), Buffer.from(hash, 'hex').toString('base64url')])
    expect(access.openSession(TOKEN, brought)?.deviceId).not.toBe(device);
  access.close();
});

test('a new file and one that was brought on have the same tables', () => {
  const tables = (keysDir: string) => {
    const { access, db } = open(keysDir);
    const columns = ['access_token', 'browser_session', 'browser_key'].map((name) => db.pragma(`table_info(${name})`));
    access.close();
    return columns;
  };
  expect(tables(oldFile())).toEqual(tables(newKeysDir()));
});

test('a file of a newer release is refused and left as it is', () => {
  const keysDir = newKeysDir();
  const { access, db } = open(keysDir);
  db.pragma('user_version = 99');
  access.close();
  const refused = openAccessDatabase(keysDir);
  expect(refused).toMatchObject({ ok: false, error: { type: 'AccessUnusable' } });
  const left = new Sqlite(join(keysDir, 'access.db'));
  expect(left.pragma('user_version', { simple: true })).toBe(99);
  left.close();
});
