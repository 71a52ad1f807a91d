import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterAll } from 'vitest';
import type { LogId, StoredEvent } from '../../shared/log/envelope.ts';
import type { EventLog } from '../../shared/log/event-log.ts';
import { openEventStore } from '../../src-main/store/event-store.ts';
import { LOG_FILE_MIGRATIONS } from '../../src-main/store/migrations/log-file.ts';
import { openDatabase } from '../../src-main/store/open-database.ts';
import { createDisk } from '../simulate/disk.ts';
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
  let refusedFrom: number | null = null;
  const write = (events: readonly StoredEvent[]): void => {
    for (const { index } of events)
      if (refusedFrom !== null && index >= refusedFrom) throw new Error('The disk is full.');
  };
  let log = createMemoryEventLog(logId, { write });
  return {
    log,
    reopen() {
      const events = log.read();
      const workspaceEvents = logId === 'workspace' ? [] : log.readWorkspace();
      log = createMemoryEventLog(logId, { write, events, workspaceEvents });
      return log;
    },
    refuseFrom: (index) => void (refusedFrom = index),
  };
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
  function refuseFrom(index: number | null): void {
    db?.exec('DROP TRIGGER IF EXISTS temp.refuse');
    if (index !== null)
      db?.exec(`CREATE TEMP TRIGGER refuse BEFORE INSERT ON event WHEN NEW.idx >= ${String(index)}
        BEGIN SELECT RAISE(ABORT, 'The disk is full.'); END`);
  }
  return { log: openLog(logId), reopen: () => openLog(logId), refuseFrom };
});

eventLogContract('on the simulated disk', (logId) => {
  const faults = { syncAfterMs: null, dropsEqualTimes: false };
  const disk = createDisk({ faults, schedule: () => undefined, onCrash: () => undefined });
  return {
    log: disk.begin().open(logId),
    reopen() {
      disk.crash();
      return disk.begin().open(logId);
    },
    refuseFrom: (index) => void (disk.fullFrom = index),
  };
});
