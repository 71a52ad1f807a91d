import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { Instant } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { checkDatabase, type DatabaseDamaged } from './database-check.ts';
import { syncFile, syncFolderOf } from './files.ts';

const KEPT = 7;

/**
 * Keeps the day's backup of an open database as `backups/NAME-YYYY-MM-DD.db` (UTC) in the folder beside it, and the
 * newest seven. Writing goes on meanwhile. Returns the file, or null if the day had one already. A copy that does not
 * pass the check is thrown away and replaces nothing. Rejects with what the disk refuses (see `asStorageFailure`).
 */
export async function keepDailyBackup(db: Database, now: Instant): Promise<Result<string | null, DatabaseDamaged>> {
  const { folder, name } = backupPlace(db.name);
  const file = join(folder, `${name}-${new Date(now).toISOString().slice(0, 10)}.db`);
  if (existsSync(file)) return ok(null);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unfinished = `${file}.partial`;
  try {
    rmSync(unfinished, { force: true });
    await db.backup(unfinished);
    const checked = checkDatabase(unfinished);
    if (!checked.ok) return err({ ...checked.error, file: db.name });
    syncFile(unfinished);
    renameSync(unfinished, file);
    syncFolderOf(file);
  } finally {
    rmSync(unfinished, { force: true });
  }
  for (const old of listBackups(db.name).slice(KEPT)) rmSync(old, { force: true });
  return ok(file);
}

/**
 * Puts a copy of the database as it is now in the place of the day's backup, on the disk when it returns: after keys
 * were changed an older copy would bring back a state that may not go on. A copy that is not good replaces nothing.
 */
export function replaceDailyBackup(db: Database, now: Instant): Result<string, DatabaseDamaged> {
  const { folder, name } = backupPlace(db.name);
  const file = join(folder, `${name}-${new Date(now).toISOString().slice(0, 10)}.db`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unfinished = `${file}.replacing`;
  try {
    writeFileSync(unfinished, db.serialize(), { mode: 0o600 });
    const checked = checkDatabase(unfinished);
    if (!checked.ok) return err({ ...checked.error, file: db.name });
    syncFile(unfinished);
    renameSync(unfinished, file);
    syncFolderOf(file);
  } finally {
    rmSync(unfinished, { force: true });
  }
  return ok(file);
}

/** A database's backups, newest first. */
export function listBackups(databaseFile: string): readonly string[] {
  const { folder, name } = backupPlace(databaseFile);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((entry) => entry.startsWith(`${name}-`) && /^-\d{4}-\d{2}-\d{2}\.db$/.test(entry.slice(name.length)))
    .sort()
    .reverse()
    .map((entry) => join(folder, entry));
}

function backupPlace(databaseFile: string): { readonly folder: string; readonly name: string } {
  return { folder: join(dirname(databaseFile), 'backups'), name: basename(databaseFile, '.db') };
}
