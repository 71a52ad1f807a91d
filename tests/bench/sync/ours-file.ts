import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { invariant } from '../../../shared/base/invariant.ts';
import { LOG_FILE_MIGRATIONS } from '../../../src-main/store/migrations/log-file.ts';
import { openDatabase } from '../../../src-main/store/open-database.ts';

/** A file as the program makes it, on a connection as the program opens it (synchronous=FULL). */
export function openOurs(folder: string): Database {
  const opened = openDatabase(join(folder, 'ours.db'), { migrations: LOG_FILE_MIGRATIONS, create: true });
  invariant(opened.ok, 'the benchmark made this file');
  return opened.value;
}
