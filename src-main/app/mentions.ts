import { statSync } from 'node:fs';
import Sqlite, { type Database } from 'better-sqlite3';
import { damaged } from '../store/database-check.ts';
import { createMentionStore, type MentionStore } from '../store/mention-store.ts';
import { MENTION_MIGRATIONS } from '../store/migrations/mentions.ts';
import { openDatabase, type OpenRefusal } from '../store/open-database.ts';
import type { DataPaths } from './data-folder.ts';

/** A larger file is not looked over at every start: that would take longer than an incident can wait. */
const CHECKED_UP_TO_BYTES = 16 * 1024 * 1024;

/**
 * The mention store of a data folder. Mentions are data, not evidence: where the file cannot be used it is left
 * untouched and said so, and the host works with a store in memory, because an incident cannot wait for it.
 */
export function openMentions(
  { mentionsFile }: Pick<DataPaths, 'mentionsFile'>,
  onRefused: (refusal: OpenRefusal) => void,
): { readonly store: MentionStore; readonly db: Database } {
  const db = openFile(mentionsFile, onRefused) ?? openInMemory();
  return { store: createMentionStore(db), db };
}

function openFile(file: string, onRefused: (refusal: OpenRefusal) => void): Database | null {
  try {
    const skipCheck = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > CHECKED_UP_TO_BYTES;
    const opened = openDatabase(file, { migrations: MENTION_MIGRATIONS, create: true, skipCheck });
    if (!opened.ok) {
      onRefused(opened.error);
      return null;
    }
    tuneForMentions(opened.value);
    return opened.value;
  } catch (error) {
    // What the check at the start would have found.
    if (!(error instanceof Sqlite.SqliteError) || !['SQLITE_NOTADB', 'SQLITE_CORRUPT'].includes(error.code))
      throw error;
    onRefused(damaged(file, error.message));
    return null;
  }
}

function openInMemory(): Database {
  const db = new Sqlite(':memory:');
  for (const migration of MENTION_MIGRATIONS) db.exec(migration);
  return db;
}

/**
 * A loss of power may take the last commits, each with the place its feed had got to, so that the feed brings them
 * again: that is worth not waiting for the disk with every batch. A longer write-ahead log, because a batch touches the
 * same index pages as the one before.
 */
function tuneForMentions(db: Database): void {
  db.pragma('synchronous = NORMAL');
  db.pragma('wal_autocheckpoint = 4000');
  db.pragma('cache_size = -32000');
  db.pragma('temp_store = MEMORY');
  if (db.pragma('auto_vacuum', { simple: true }) === 2) return;
  // Once, for a new file or one of the first release: what retention frees goes back to the disk from then on.
  db.pragma('auto_vacuum = INCREMENTAL');
  try {
    db.exec('VACUUM');
  } catch (error) {
    // It needs the file's size on the disk once more. Without it the store works; the next start tries again.
    if (!(error instanceof Sqlite.SqliteError)) throw error;
  }
}
