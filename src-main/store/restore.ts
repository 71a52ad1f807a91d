import { chmodSync, copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import type { Instant } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { authorsBehind, type Behind } from '../../shared/log/behind.ts';
import type { Head } from '../../shared/log/envelope.ts';
import { listBackups } from './backup.ts';
import { checkDatabase } from './database-check.ts';
import { headsIn } from './event-store.ts';
import { syncFile, syncFolderOf } from './files.ts';

export interface Restored {
  /** The backup that is now in place; it is still where it was, too. */
  readonly from: string;
  /** Where the damaged file is kept; null if there was none. */
  readonly keptAside: string | null;
  /** Authors who signed more than the backup holds: signing on with their keys would fork the log. Make new ones. */
  readonly behind: readonly Behind[];
}

/** No backup passes the check. Nothing was changed. */
export interface NoGoodBackup {
  readonly type: 'NoGoodBackup';
  readonly file: string;
  readonly tried: readonly string[];
}

/**
 * Puts the newest good backup of a log's file in its place. Nobody may have the file open. `marks` are the high-water
 * marks of the file's own log. Until the one rename that ends it, a crash leaves the damaged file where it was.
 */
export function restoreDatabase(file: string, marks: readonly Head[], now: Instant): Result<Restored, NoGoodBackup> {
  const backups = listBackups(file);
  const from = backups.find((backup) => checkDatabase(backup).ok);
  if (from === undefined) return err({ type: 'NoGoodBackup', file, tried: backups });

  const unfinished = `${file}.${String(process.pid)}.restoring`;
  copyFileSync(from, unfinished);
  chmodSync(unfinished, 0o600);
  const behind = authorsBehind(readHeads(unfinished), marks);
  syncFile(unfinished);

  const keptAside = keepAside(file, now);
  // A write-ahead log left beside another database would be played into it.
  for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
  renameSync(unfinished, file);
  syncFolderOf(file);
  return ok({ from, keptAside, behind });
}

function readHeads(file: string): readonly Head[] {
  const db = new Sqlite(file, { fileMustExist: true });
  try {
    return headsIn(db);
  } finally {
    db.close();
  }
}

function keepAside(file: string, now: Instant): string | null {
  if (!existsSync(file)) return null;
  const stamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const aside = `${file.replace(/\.db$/, '')}.damaged-${stamp}.db`;
  for (const suffix of ['', '-wal']) {
    if (!existsSync(file + suffix)) continue;
    copyFileSync(file + suffix, aside + suffix);
    syncFile(aside + suffix);
  }
  return aside;
}
