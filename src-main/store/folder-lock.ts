import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { z } from 'zod';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { asStorageFailure } from './storage-failure.ts';

const Holder = z.object({ pid: z.int(), door: z.string().max(40), since: z.string().max(40) });
export type Holder = z.infer<typeof Holder>;

/** Another process serves this data folder. `holder` is null while it has not said who it is. */
export interface FolderInUse {
  readonly type: 'FolderInUse';
  readonly dataDirectory: string;
  readonly holder: Holder | null;
}

export interface FolderLock {
  release(): void;
}

/**
 * Makes this process the one host of a data folder. The lock is the system's own, on `host.lock` through SQLite, so it
 * ends with the process however that dies; `host.json` beside it only tells others who holds it. It needs no room on
 * the disk. Throws what the disk refuses (see `asStorageFailure`) where nothing can be written at all.
 */
export function lockFolder(dataDirectory: string, holder: Holder): Result<FolderLock, FolderInUse> {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const holderFile = join(dataDirectory, 'host.json');
  const db = new Sqlite(join(dataDirectory, 'host.lock'), { timeout: 0 });
  try {
    db.pragma('journal_mode = MEMORY'); // the lock is all that is wanted of it: nothing is ever written
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (!(error instanceof Sqlite.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error;
    return err({ type: 'FolderInUse', dataDirectory, holder: readHolder(holderFile) });
  }
  try {
    writeFileSync(holderFile, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  } catch (cause) {
    // On a full disk a host must be able to start, or nobody could read what happened so far.
    if (asStorageFailure(cause)?.cause !== 'disk-full') {
      db.close();
      throw cause;
    }
  }
  return ok({
    release() {
      rmSync(holderFile, { force: true });
      db.close();
    },
  });
}

function readHolder(file: string): Holder | null {
  try {
    return Holder.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null; // it may be half written, or gone since: the lock alone decides
  }
}
