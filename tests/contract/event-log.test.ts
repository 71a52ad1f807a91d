import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterAll } from 'vitest';
import type { LogId } from '../../shared/log/envelope.ts';
import type { EventLog } from '../../shared/log/event-log.ts';
import { openEventStore } from '../../src-main/store/event-store.ts';
import { LOG_FILE_MIGRATIONS } from '../../src-main/store/migrations/log-file.ts';
import { openDatabase } from '../../src-main/store/open-database.ts';
import { createMemoryEventLog } from '../support/memory-event-log.ts';
import { unwrap } from '../support/unwrap.ts';
import { eventLogContract } from './event-log.contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'firebreak-'));
const open: Database[] = [];
afterAll(() => {
  for (const db of open) db.close();
  rmSync(folder, { recursive: true });
});

eventLogContract('in memory', (logId) => {
  const log = createMemoryEventLog(logId);
  return { log, reopen: () => log };
});

eventLogContract('on SQLite', (logId) => {
  const file = join(folder, `${String(open.length)}.db`);
  let db: Database | undefined;
  function openLog(id: LogId): EventLog {
    db?.close();
    db = unwrap(openDatabase(file, { migrations: LOG_FILE_MIGRATIONS, create: true }));
    open.push(db);
    return unwrap(openEventStore(db, id));
  }
  return { log: openLog(logId), reopen: () => openLog(logId) };
});
