import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { instant } from '../../shared/base/ids.ts';
import { openHighWater } from '../../src-main/identity/high-water.ts';
import { createSaltSource } from '../../src-main/identity/salts.ts';
import { openRoom } from '../support/log-database.ts';
import { ROOM, signerOf } from '../support/log-fixtures.ts';

export interface LogAppendRates {
  /** Acknowledged appends of one event a second: signed, hashed, committed, marked. */
  readonly appendsPerSecond: number;
  /** Commits a second of one row of as many bytes on bare better-sqlite3, WAL, synchronous=FULL. */
  readonly bareCommitsPerSecond: number;
  readonly ratio: number;
}

/** Both are measured in turns of 50 within one run, so that whatever else the machine does weighs on both alike. */
export function measureLogAppend(rounds = 80): LogAppendRates {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-bench-'));
  const highWater = openHighWater({ inside: join(folder, 'inside.txt'), outside: join(folder, 'outside.txt') });
  const { db, log } = openRoom(join(folder, 'room.db'), { onCommitted: (head) => highWater.raise(ROOM, head) });
  const bare = new Sqlite(join(folder, 'bare.db'));
  bare.pragma('journal_mode = WAL');
  bare.pragma('synchronous = FULL');
  bare.exec('CREATE TABLE row (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT');
  const insert = bare.prepare('INSERT INTO row (data) VALUES (?)');
  const salt = createSaltSource();
  const signers = ['anna', 'bea', 'carl', 'dora'].map(signerOf);

  function append(count: number): void {
    const by = signers[count % signers.length];
    if (by === undefined) return;
    const text = 'A note of a usual length about what is known and what is not, taken at the desk.';
    const context = { now: instant(1_700_000_000_000 + count), salt, workspaceHeads: [] };
    log.append(by, [{ type: 'NoteTaken', body: { by: 'anna', count, text } }], context);
  }

  append(0);
  const columns = 'idx || log || author || seq || hash || type || envelope || signature || body || salt';
  const rowBytes = Number(db.prepare(`SELECT length(${columns}) FROM event`).pluck().get());
  const data = randomBytes(rowBytes);

  let appendMs = 0;
  let bareMs = 0;
  for (let round = -4; round < rounds; round += 1) {
    const start = performance.now();
    for (let turn = 0; turn < 50; turn += 1) append(log.length);
    const middle = performance.now();
    for (let turn = 0; turn < 50; turn += 1) insert.run(data);
    if (round < 0) continue; // the first rounds warm both up
    appendMs += middle - start;
    bareMs += performance.now() - middle;
  }

  highWater.close();
  db.close();
  bare.close();
  rmSync(folder, { recursive: true });
  const perSecond = (ms: number) => (rounds * 50 * 1_000) / ms;
  return { appendsPerSecond: perSecond(appendMs), bareCommitsPerSecond: perSecond(bareMs), ratio: bareMs / appendMs };
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(measureLogAppend())}\n`);
