import type { Database } from 'better-sqlite3';
import type { EventLog } from '../../shared/log/event-log.ts';
import { openEventStore, type EventStoreOptions } from '../../src-main/store/event-store.ts';
import { LOG_FILE_MIGRATIONS } from '../../src-main/store/migrations/log-file.ts';
import { openDatabase } from '../../src-main/store/open-database.ts';
import { contextAt, ROOM, signerOf } from './log-fixtures.ts';
import { unwrap } from './unwrap.ts';

export function openRoom(
  file: string,
  options: EventStoreOptions = {},
): { readonly db: Database; readonly log: EventLog } {
  const db = unwrap(openDatabase(file, { migrations: LOG_FILE_MIGRATIONS, create: true }));
  return { db, log: unwrap(openEventStore(db, ROOM, options)) };
}

/** Appends `count` notes, by two people in turn. */
export function takeNotes(log: EventLog, count: number): void {
  for (let turn = 0; turn < count; turn += 1) {
    const author = signerOf(turn % 2 === 0 ? 'anna' : 'bea');
    const body = { turn, text: `Note ${String(turn)}: ${'what is known so far. '.repeat(8)}` };
    log.append(author, [{ type: 'NoteTaken', body }], contextAt(1_000_000 + turn));
  }
}
