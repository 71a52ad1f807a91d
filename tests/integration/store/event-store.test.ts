import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { instant } from '../../../shared/base/ids.ts';
import type { Head, StoredEvent } from '../../../shared/log/envelope.ts';
import { headsIn, openEventStore } from '../../../src-main/store/event-store.ts';
import { LOG_FILE_MIGRATIONS } from '../../../src-main/store/migrations/log-file.ts';
import { openDatabase } from '../../../src-main/store/open-database.ts';
import { openRoom, takeNotes } from '../../support/log-database.ts';
import { contextAt, ROOM, signerOf } from '../../support/log-fixtures.ts';
import { createRandom } from '../../support/random.ts';
import { headOf, randomEvents, signOn } from '../../support/random-events.ts';
import { unwrap } from '../../support/unwrap.ts';

const folder = mkdtempSync(join(tmpdir(), 'firebreak-'));
const now = instant(1_000_000);
let files = 0;
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function newFile(): string {
  files += 1;
  return join(folder, `room-${String(files)}.db`);
}

/** A file with 40 events of four authors with forks, opened without the log over it. */
function fileWithForks() {
  const file = newFile();
  const events = randomEvents(ROOM, 40, createRandom(11));
  const { db, log } = openRoom(file);
  log.receive(events, now);
  return { file, events, db, read: log.read() };
}

test('what was received is in the file when it returns: a copy of file and write-ahead log holds it', () => {
  const { file, db, read } = fileWithForks();
  const copy = newFile();
  copyFileSync(file, copy);
  writeFileSync(`${copy}-wal`, readFileSync(`${file}-wal`));
  const { db: copied, log } = openRoom(copy);
  expect(log.read()).toEqual(read);
  copied.close();
  db.close();
});

test('the high-water mark is told of what is signed here, and of nothing that was received', () => {
  const marks: Head[] = [];
  const { db, log } = openRoom(newFile(), { onCommitted: (head) => void marks.push(head) });
  log.receive([signOn(ROOM, signerOf('bea'), [], 5)], now);
  expect(marks).toEqual([]);
  const [event] = log.append(signerOf('anna'), [{ type: 'NoteTaken', body: {} }], contextAt(10));
  expect(marks).toEqual([headOf(event as StoredEvent)]);
  db.close();
});

test('forks open as they were; rows that are changed, swapped or without their parents are found', () => {
  const { file, db, events, read } = fileWithForks();
  const log = unwrap(openEventStore(db, ROOM));
  expect(log.read()).toEqual(read);
  expect(log.tips().length).toBeGreaterThan(log.heads().length);
  db.close();

  const child = read.findLast(({ envelope }) => envelope.previous !== null) as StoredEvent;
  const parent = read.find(({ hash }) => hash === child.envelope.previous) as StoredEvent;
  const foreign = signOn(ROOM, signerOf('carl'), [signOn(ROOM, signerOf('carl'), [], 1)], 2);
  const [last] = events.slice(-1);
  const changes = {
    'a child before its parent': `
      UPDATE event SET idx = -1 WHERE idx = ${String(parent.index)};
      UPDATE event SET idx = ${String(parent.index)} WHERE idx = ${String(child.index)};
      UPDATE event SET idx = ${String(child.index)} WHERE idx = -1`,
    'an event twice': `
      INSERT INTO event SELECT 40, log, author, seq, hash, type, envelope, signature, body, salt, arrived_at
      FROM event WHERE idx = 12`,
    'an event of which the one before is missing': `
      UPDATE event SET hash = '${foreign.hash}', seq = 2, author = '${foreign.envelope.author}' WHERE idx = 39`,
    'another number': `UPDATE event SET seq = seq + 1 WHERE hash = '${String(last?.hash)}'`,
    'an arrival that no clock shows': `UPDATE event SET arrived_at = 0 WHERE idx = 20`,
    'another author': `UPDATE event SET author = '${signerOf('eve').publicKey}' WHERE idx = 20`,
  };
  for (const [what, sql] of Object.entries(changes)) {
    const changed = newFile();
    copyFileSync(file, changed);
    const opened = unwrap(openDatabase(changed, { migrations: LOG_FILE_MIGRATIONS, create: false }));
    opened.exec(sql);
    expect(openEventStore(opened, ROOM), what).toMatchObject({ ok: false, error: { type: 'DatabaseDamaged' } });
    opened.close();
  }
});

test('a file from before other hosts’ events opens with what it held, all of it signed here, and takes others in', () => {
  const file = newFile();
  const before = unwrap(openDatabase(file, { migrations: LOG_FILE_MIGRATIONS.slice(0, 2), create: true }));
  const { log: model, db: other } = openRoom(newFile());
  takeNotes(model, 20);
  other.close();
  before.close();
  const source = join(folder, `room-${String(files)}.db`);
  const old = unwrap(openDatabase(file, { migrations: LOG_FILE_MIGRATIONS.slice(0, 2), create: false }));
  old.exec(`ATTACH '${source}' AS source`);
  old.exec(`INSERT INTO event SELECT idx, log, author, seq, hash, type, envelope, signature, body, salt
            FROM source.event`);
  const rows = old.prepare('SELECT * FROM event ORDER BY idx').all();
  old.close();

  const { db, log } = openRoom(file);
  expect(log.length).toBe(20);
  expect(log.read().every((event) => !('arrivedAt' in event))).toBe(true);
  expect(db.prepare('SELECT * FROM event ORDER BY idx').all()).toEqual(
    rows.map((row) => ({ ...(row as object), arrived_at: null })),
  );
  const [received] = log.receive([signOn(ROOM, signerOf('carl'), [], 5)], now);
  expect(log.read(20)).toEqual([received]);
  db.close();
});

test('the heads of a file that nobody has open are its log’s', () => {
  const { db, log } = openRoom(newFile());
  takeNotes(log, 7);
  log.receive([signOn(ROOM, signerOf('carl'), [], 5)], now);
  expect(headsIn(db)).toEqual(log.heads());
  db.close();
});

test('a second writer of one file is refused, and has taken nothing in', () => {
  const file = newFile();
  const [one, two] = [openRoom(file), openRoom(file)];
  one.log.receive([signOn(ROOM, signerOf('bea'), [], 5)], now);
  expect(() => two.log.receive([signOn(ROOM, signerOf('carl'), [], 6)], now)).toThrow();
  expect(two.log.length).toBe(0);
  one.db.close();
  two.db.close();
});
