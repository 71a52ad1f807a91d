import { closeSync, existsSync, openSync, readSync, rmSync } from 'node:fs';
import Sqlite, { type Database } from 'better-sqlite3';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { asStorageFailure } from './storage-failure.ts';
import { walDamage } from './wal-check.ts';

/** The file cannot be trusted. It was left as it is, byte for byte, and nothing was left beside it. */
export interface DatabaseDamaged {
  readonly type: 'DatabaseDamaged';
  readonly file: string;
  /** What SQLite, or we, found. */
  readonly detail: string;
  /** A sentence for people. */
  readonly whatToDo: string;
}

export function damaged(file: string, detail: string): DatabaseDamaged {
  const whatToDo =
    'It has been left untouched. Put the newest daily backup in its place with "restore", ' +
    'or copy the file somewhere safe before anything else.';
  return { type: 'DatabaseDamaged', file, detail, whatToDo };
}

/**
 * Looks a closed database over without writing a byte to it: that it is one, and SQLite's `quick_check` (structure and types;
 * a changed letter inside a value is for the event store's hashes to find). Returns its schema number. Throws what
 * the disk refuses (see `asStorageFailure`): that says nothing of the file.
 */
export function checkDatabase(file: string): Result<number, DatabaseDamaged> {
  const header = readHeader(file);
  if (header === '') return err(damaged(file, 'The file is empty.'));
  if (header !== 'SQLite format 3\0') return err(damaged(file, 'The file is not a SQLite database.'));
  const logDamage = walDamage(file);
  if (logDamage !== null) return err(damaged(file, logDamage));
  // Committed events may still be in the WAL alone, so SQLite must see it. A read-only connection writes to neither
  // file; what it makes beside them while it reads is taken away again.
  const made = ['-wal', '-shm'].map((suffix) => file + suffix).filter((beside) => !existsSync(beside));
  let db: Database | null = null;
  try {
    db = new Sqlite(file, { readonly: true, fileMustExist: true });
    const found = db.pragma('quick_check(5)', { simple: true });
    if (found !== 'ok') return err(damaged(file, String(found)));
    return ok(Number(db.pragma('user_version', { simple: true })));
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError) || isAboutAccess(error)) throw error;
    return err(damaged(file, error.message));
  } finally {
    db?.close();
    for (const beside of made) rmSync(beside, { force: true });
  }
}

/** Says nothing of what is in the file: a full disk must never look like a damaged one, which one would restore. */
function isAboutAccess(error: Error & { readonly code: string }): boolean {
  if (UNREADABLE.has(error.code)) return false;
  if (asStorageFailure(error) !== null || error.code === 'SQLITE_NOMEM') return true;
  return error.code.startsWith('SQLITE_BUSY') || error.code.startsWith('SQLITE_CANTOPEN');
}

/** The disk does not give back what was written to it. */
const UNREADABLE: ReadonlySet<string> = new Set([
  'SQLITE_IOERR_READ',
  'SQLITE_IOERR_SHORT_READ',
  'SQLITE_IOERR_CORRUPTFS',
  'SQLITE_IOERR_DATA',
]);

function readHeader(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(16);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, 16, 0)).toString('latin1');
  } finally {
    closeSync(descriptor);
  }
}
