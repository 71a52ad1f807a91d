import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { invariant } from '../../shared/base/invariant.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { checkDatabase, damaged, type DatabaseDamaged } from './database-check.ts';
import { syncFolderOf } from './files.ts';

// Every connection this module hands out:
// 1. keeps its journal in WAL mode with synchronous=FULL, so a commit that returned survives a loss of power
//    (better-sqlite3 is compiled to reopen a WAL file with NORMAL, which does not);
// 2. runs on a SQLite without the WAL-reset race (fixed in 3.51.3);
// 3. is at the newest schema this program knows.
// A file that cannot be trusted, or is newer than the program, is not written to at all.

/** The file was made by a newer Firebreak. Nothing was written to it. */
export interface DatabaseTooNew {
  readonly type: 'DatabaseTooNew';
  readonly file: string;
  readonly schema: number;
  readonly supported: number;
  /** A sentence for people. */
  readonly whatToDo: string;
}

export interface DatabaseMissing {
  readonly type: 'DatabaseMissing';
  readonly file: string;
}

export type OpenRefusal = DatabaseDamaged | DatabaseTooNew | DatabaseMissing;

export interface OpenOptions {
  /** Forward only: number n in the list leads from schema n to n + 1. */
  readonly migrations: readonly string[];
  /** Whether a missing file is made. A file that should be there must never be replaced by an empty one. */
  readonly create: boolean;
  /** Only for a store that can be had again from elsewhere, and is too large to look over at every start. */
  readonly skipCheck?: boolean;
}

/** Opens a database for writing, made or migrated as needed. Throws what the disk refuses (see `asStorageFailure`). */
export function openDatabase(file: string, options: OpenOptions): Result<Database, OpenRefusal> {
  if (!existsSync(file)) {
    if (!options.create) return err({ type: 'DatabaseMissing', file });
    makeDatabase(file, options.migrations);
  } else {
    const checked = options.skipCheck === true ? ok(0) : checkDatabase(file);
    if (!checked.ok) return checked;
    if (checked.value > options.migrations.length) return err(tooNew(file, checked.value, options.migrations.length));
  }
  const connected = connectSound(file);
  if (!connected.ok) return connected;
  const db = connected.value;
  const schema = schemaOf(db);
  if (schema > options.migrations.length) {
    db.close();
    return err(tooNew(file, schema, options.migrations.length));
  }
  migrate(db, options.migrations);
  return ok(db);
}

/** Made under another name and renamed when whole: a crash leaves no file, never an empty one that looks like ours. */
function makeDatabase(file: string, migrations: readonly string[]): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const unfinished = `${file}.${String(process.pid)}.new`;
  rmSync(unfinished, { force: true });
  closeSync(openSync(unfinished, 'wx', 0o600)); // SQLite gives -wal and -shm the file's own mode
  const db = connect(unfinished);
  try {
    migrate(db, migrations);
  } finally {
    db.close(); // brings the WAL into the file
  }
  renameSync(unfinished, file);
  syncFolderOf(file);
}

/** Only a connection that may write finds out that a table's own definition is damaged; it has written nothing then. */
function connectSound(file: string): Result<Database, DatabaseDamaged> {
  try {
    return ok(connect(file));
  } catch (error) {
    if (error instanceof Sqlite.SqliteError && error.code === 'SQLITE_CORRUPT')
      return err(damaged(file, error.message));
    throw error;
  }
}

function connect(file: string): Database {
  const db = new Sqlite(file, { fileMustExist: true });
  try {
    assertFixedSqlite(db);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    // Writing over a short log is cheaper than growing a long one: 400 pages are 1.6 MB.
    db.pragma('wal_autocheckpoint = 400');
    db.pragma('fullfsync = ON'); // macOS: a plain fsync stays in the drive's cache
    db.pragma('trusted_schema = OFF');
    db.pragma('cell_size_check = ON');
    invariant(db.pragma('journal_mode', { simple: true }) === 'wal', 'the database keeps a write-ahead log');
    invariant(db.pragma('synchronous', { simple: true }) === 2, 'a commit is on the disk before it is acknowledged');
    invariant(db.pragma('foreign_keys', { simple: true }) === 1, 'references between rows are enforced');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function assertFixedSqlite(db: Database): void {
  const version = String(db.prepare('SELECT sqlite_version()').pluck().get());
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const isFixed = major > 3 || (major === 3 && (minor > 51 || (minor === 51 && patch >= 3)));
  invariant(isFixed, `SQLite ${version} can corrupt a write-ahead log; 3.51.3 or newer is needed`);
}

function schemaOf(db: Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}

function migrate(db: Database, migrations: readonly string[]): void {
  for (const [index, sql] of migrations.entries()) {
    db.transaction(() => {
      if (schemaOf(db) !== index) return; // done already, perhaps by another process while we waited for the lock
      db.exec(sql);
      db.pragma(`user_version = ${String(index + 1)}`);
    }).immediate();
  }
}

function tooNew(file: string, schema: number, supported: number): DatabaseTooNew {
  const whatToDo = 'It was made by a newer Firebreak. Open it with that version; this one has not touched it.';
  return { type: 'DatabaseTooNew', file, schema, supported, whatToDo };
}
