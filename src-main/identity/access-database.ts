import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { invariant } from '../../shared/base/invariant.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';

/** `access.db` is there and cannot be used; it was left as it is. */
export interface AccessUnusable {
  readonly type: 'AccessUnusable';
  readonly path: string;
  readonly detail: string;
}

/** Each takes the file one version on; a file is never taken back. */
const MIGRATIONS = [
  `
  CREATE TABLE access_token (
    hash TEXT PRIMARY KEY,
    operator TEXT,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
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
  `,
  // The device of its browser; null for a session from before, which keeps the one that its own hash gives it.
  'ALTER TABLE browser_session ADD COLUMN device TEXT;',
  // The key of its browser and when that was last proved; null for one that is known by its cookie alone. The cookie may
  // change while the session goes on, so it has a column of its own.
  `
  ALTER TABLE browser_session ADD COLUMN key TEXT;
  ALTER TABLE browser_session ADD COLUMN proved_at INTEGER;
  ALTER TABLE browser_session ADD COLUMN cookie_hash TEXT;
  UPDATE browser_session SET cookie_hash = hash;
  CREATE UNIQUE INDEX browser_session_by_cookie ON browser_session (cookie_hash);
  CREATE TABLE browser_key (
    key TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL REFERENCES access_token (hash),
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
] as const;

/** Opens, or makes, `access.db` in the folder of keys: readable by its owner only, every commit on disk. */
export function openAccessDatabase(keysDir: string): Result<Database, AccessUnusable> {
  const path = join(keysDir, 'access.db');
  let db: Database | null = null;
  try {
    makePrivateFile(keysDir, path);
    db = new Sqlite(path);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    invariant(db.pragma('journal_mode', { simple: true }) === 'wal', 'access.db is in WAL mode');
    invariant(db.pragma('synchronous', { simple: true }) === 2, 'a revocation is on disk before it is acknowledged');
    migrate(db);
    return ok(db);
  } catch (cause) {
    db?.close();
    if (isOfTheDisk(cause)) throw cause;
    return err({ type: 'AccessUnusable', path, detail: cause instanceof Error ? cause.message : String(cause) });
  }
}

/** A disk that is full, or refuses to write, says nothing of what is in the file: it must not be thrown away for that. */
function isOfTheDisk(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return /^(?:SQLITE_(?:FULL|IOERR|READONLY)|ENOSPC|EDQUOT|EROFS|EIO)/.test(code);
}

/** SQLite gives `-wal` and `-shm` the mode of the file itself, so that one must be right before the first write. */
function makePrivateFile(keysDir: string, path: string): void {
  mkdirSync(keysDir, { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}

function migrate(db: Database): void {
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version > MIGRATIONS.length) throw new Error(`Its format (${String(version)}) was made by a newer Firebreak.`);
  if (version === MIGRATIONS.length) return;
  db.transaction(() => {
    for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
    db.pragma(`user_version = ${String(MIGRATIONS.length)}`);
  }).immediate();
}
