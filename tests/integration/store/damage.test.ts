import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { verifyChain } from '../../../shared/log/chain.ts';
import type { StoredEvent } from '../../../shared/log/envelope.ts';
import { verifyEd25519 } from '../../../src-main/identity/ed25519.ts';
import { openEventStore } from '../../../src-main/store/event-store.ts';
import { LOG_FILE_MIGRATIONS } from '../../../src-main/store/migrations/log-file.ts';
import { openDatabase } from '../../../src-main/store/open-database.ts';
import { openRoom, takeNotes } from '../../support/log-database.ts';
import { ROOM } from '../../support/log-fixtures.ts';
import { createRandom } from '../../support/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'firebreak-'));
const good = join(folder, 'good.db');
const file = join(folder, 'tried', 'room.db');
let original: readonly StoredEvent[] = [];

beforeAll(() => {
  const { db, log } = openRoom(good);
  takeNotes(log, 120);
  original = log.read();
  db.close();
});
beforeEach(() => {
  rmSync(join(folder, 'tried'), { recursive: true, force: true });
  const { db } = openRoom(file); // makes the folder
  db.close();
  copyFileSync(good, file);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

type Outcome = 'refused' | 'unharmed' | 'found by verify' | 'silently different';

/** Opens the file as the application would, and says what became of the damage. */
function outcome(): Outcome {
  const opened = openDatabase(file, { migrations: LOG_FILE_MIGRATIONS, create: true });
  if (!opened.ok) return 'refused';
  const db = opened.value;
  try {
    const store = openEventStore(db, ROOM);
    if (!store.ok) return 'refused';
    const events = store.value.read();
    if (JSON.stringify(events) === JSON.stringify(original)) return 'unharmed';
    return verifyChain({ log: ROOM, events, verifier: verifyEd25519 }).ok ? 'silently different' : 'found by verify';
  } finally {
    db.close();
  }
}

function sha256(): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** The file is refused as damaged, left byte for byte, with nothing beside it. */
function expectUntouchedRefusal(): void {
  const before = sha256();
  const opened = openDatabase(file, { migrations: LOG_FILE_MIGRATIONS, create: true });
  expect(opened).toMatchObject({ ok: false, error: { type: 'DatabaseDamaged', file } });
  expect(sha256()).toBe(before);
  expect(readdirSync(join(folder, 'tried'))).toEqual(['room.db']);
}

test('a sound file opens unharmed', () => {
  expect(outcome()).toBe('unharmed');
});

test('one flipped bit, 300 places: refused, harmless, or found by verify; never silently different', () => {
  const seed = 99;
  const random = createRandom(seed);
  const sound = readFileSync(good);
  const counts = new Map<Outcome, number>();
  for (let round = 0; round < 300; round += 1) {
    const at = Math.floor(random() * sound.length);
    const bit = 1 << Math.floor(random() * 8);
    const bytes = Buffer.from(sound);
    bytes[at] = (bytes[at] ?? 0) ^ bit;
    for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
    writeFileSync(file, bytes);
    const found = outcome();
    expect(found, `seed ${String(seed)}: bit ${String(bit)} of byte ${String(at)}`).not.toBe('silently different');
    counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  expect(counts.get('refused')).toBeGreaterThan(150);
});

test('a truncated file is refused and left untouched', () => {
  const size = readFileSync(good).length;
  for (const kept of [size - 4096, Math.floor(size / 2), 4096, 100, 17]) {
    copyFileSync(good, file);
    truncateSync(file, kept);
    expectUntouchedRefusal();
  }
});

test('an empty file is refused, never served as an empty room', () => {
  writeFileSync(file, '');
  expectUntouchedRefusal();
});

test('a zeroed header, and garbage, are refused and left untouched', () => {
  const bytes = readFileSync(good);
  writeFileSync(file, bytes.fill(0, 0, 100));
  expectUntouchedRefusal();
  writeFileSync(file, 'This is not a database. '.repeat(400));
  expectUntouchedRefusal();
  writeFileSync(file, Buffer.concat([readFileSync(good).subarray(0, 100), Buffer.alloc(20_000, 0xa5)]));
  expectUntouchedRefusal();
});

test('a missing file is made only when it may be', () => {
  rmSync(file);
  const options = { migrations: LOG_FILE_MIGRATIONS };
  expect(openDatabase(file, { ...options, create: false })).toEqual({
    ok: false,
    error: { type: 'DatabaseMissing', file },
  });
  expect(readdirSync(join(folder, 'tried'))).toEqual([]);
  const made = openDatabase(file, { ...options, create: true });
  expect(made.ok).toBe(true);
  if (made.ok) made.value.close();
});

test('a row that was changed by hand, dropped, or moved to another room is found at opening', () => {
  const changes = [
    `UPDATE event SET body = replace(body, 'known', 'knoxn') WHERE idx = 40`,
    `UPDATE event SET envelope = replace(envelope, 'NoteTaken', 'NoteTakem') WHERE idx = 40`,
    `UPDATE event SET seq = 4000 WHERE idx = 40`,
    `DELETE FROM event WHERE idx = 40`,
    `DELETE FROM event WHERE idx = 0`,
  ];
  for (const sql of changes) {
    copyFileSync(good, file);
    const opened = openDatabase(file, { migrations: LOG_FILE_MIGRATIONS, create: false });
    if (!opened.ok) throw new Error(opened.error.type);
    opened.value.exec(sql);
    expect(openEventStore(opened.value, ROOM), sql).toMatchObject({ ok: false, error: { type: 'DatabaseDamaged' } });
    opened.value.close();
  }
});

test('a write-ahead log cut at any 512 bytes leaves whole events only, and the check changes neither file', () => {
  const source = join(folder, 'source', 'room.db');
  const { db, log } = openRoom(source);
  takeNotes(log, 12);
  const events = log.read();
  const main = readFileSync(source);
  const wal = readFileSync(`${source}-wal`);
  db.close();
  let fewest = events.length;
  for (let kept = 0; kept <= wal.length; kept += 512) {
    for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
    writeFileSync(file, main);
    writeFileSync(`${file}-wal`, wal.subarray(0, kept));
    const opened = openDatabase(file, { migrations: LOG_FILE_MIGRATIONS, create: false });
    if (!opened.ok) throw new Error(`cut at ${String(kept)}: ${JSON.stringify(opened.error)}`);
    const store = openEventStore(opened.value, ROOM);
    if (!store.ok) throw new Error(`cut at ${String(kept)}: ${JSON.stringify(store.error)}`);
    expect(store.value.read()).toEqual(events.slice(0, store.value.length));
    fewest = Math.min(fewest, store.value.length);
    if (kept === wal.length) expect(store.value.length).toBe(events.length);
    opened.value.close();
  }
  expect(fewest).toBe(0);
});
