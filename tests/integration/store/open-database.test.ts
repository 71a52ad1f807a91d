import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkDatabase } from '../../../src-main/store/database-check.ts';
import { openDatabase } from '../../../src-main/store/open-database.ts';
import { asStorageFailure } from '../../../src-main/store/storage-failure.ts';
import { openRoom, takeNotes } from '../../support/log-database.ts';
import { contextAt, signerOf } from '../../support/log-fixtures.ts';
import { unwrap } from '../../support/unwrap.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-'));
  file = join(folder, 'room.db');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

test('a new file and a reopened one are in WAL mode, at synchronous=FULL, with foreign keys, readable by the owner only', () => {
  for (const _start of ['made', 'reopened']) {
    const db = unwrap(openDatabase(file, { migrations: ['CREATE TABLE t (a)'], create: true }));
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    db.close();
  }
});

test('migrations run once, in order, each whole or not at all', () => {
  const first = ['CREATE TABLE t (a)', 'INSERT INTO t VALUES (1)'];
  unwrap(openDatabase(file, { migrations: first, create: true })).close();
  const broken = [...first, 'INSERT INTO t VALUES (2); INSERT INTO nowhere VALUES (3)'];
  expect(() => openDatabase(file, { migrations: broken, create: true })).toThrow('nowhere');
  const db = unwrap(openDatabase(file, { migrations: [...first, 'INSERT INTO t VALUES (4)'], create: true }));
  expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([1, 4]);
  expect(db.pragma('user_version', { simple: true })).toBe(3);
  db.close();
});

test('a newer schema is refused with a sentence, and not a byte is written', () => {
  unwrap(openDatabase(file, { migrations: ['CREATE TABLE t (a)', 'CREATE TABLE u (a)'], create: true })).close();
  const before = sha256(file);
  const refused = openDatabase(file, { migrations: ['CREATE TABLE t (a)'], create: true });
  expect(refused).toMatchObject({ ok: false, error: { type: 'DatabaseTooNew', schema: 2, supported: 1 } });
  expect(sha256(file)).toBe(before);
  expect(readdirSync(folder)).toEqual(['room.db']);
});

test('the check of a file whose last commits are in the WAL alone sees them, and changes neither file', () => {
  const { db, log } = openRoom(file);
  takeNotes(log, 20);
  const copy = join(folder, 'copy.db');
  for (const suffix of ['', '-wal']) cpSync(file + suffix, copy + suffix);
  db.close();
  const before = [sha256(copy), sha256(`${copy}-wal`)];
  expect(checkDatabase(copy).ok).toBe(true);
  expect([sha256(copy), sha256(`${copy}-wal`)]).toEqual(before);
  expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual(['copy.db', 'copy.db-wal']);
  const reopened = openRoom(copy);
  expect(reopened.log.length).toBe(20);
  reopened.db.close();
});

test('a full disk refuses the append, keeps what was acknowledged, and goes on when there is room', () => {
  const { db, log } = openRoom(file);
  const pages = Number(db.pragma('page_count', { simple: true }));
  db.pragma(`max_page_count = ${String(pages + 4)}`);
  let refusal: unknown = null;
  let acknowledged = 0;
  while (refusal === null) {
    try {
      takeNotes(log, 1);
      acknowledged += 1;
    } catch (error) {
      refusal = error;
    }
  }
  expect(asStorageFailure(refusal)).toEqual({ type: 'StorageFailed', cause: 'disk-full', code: 'SQLITE_FULL' });
  expect(acknowledged).toBeGreaterThan(0);
  expect(log.length).toBe(acknowledged);
  expect(log.read()).toHaveLength(acknowledged);

  const two = [
    { type: 'NoteTaken', body: { text: 'x'.repeat(9_000) } },
    { type: 'NoteTaken', body: { text: 'y' } },
  ];
  expect(() => log.append(signerOf('anna'), two, contextAt(1))).toThrow('full');
  expect(log.length).toBe(acknowledged);

  db.pragma('max_page_count = 100000');
  takeNotes(log, 3);
  expect(log.length).toBe(acknowledged + 3);
  db.close();
  const again = openRoom(file);
  expect(again.log.length).toBe(acknowledged + 3);
  again.db.close();
});

test('what the disk refuses is told from a bug', () => {
  const systemError = (code: string) => Object.assign(new Error(code), { code });
  expect(asStorageFailure(systemError('ENOSPC'))?.cause).toBe('disk-full');
  expect(asStorageFailure(systemError('EIO'))?.cause).toBe('disk-error');
  expect(asStorageFailure(systemError('EROFS'))?.cause).toBe('read-only');
  expect(asStorageFailure(new Sqlite.SqliteError('x', 'SQLITE_IOERR_FSYNC'))?.cause).toBe('disk-error');
  expect(asStorageFailure(new Sqlite.SqliteError('x', 'SQLITE_CONSTRAINT_UNIQUE'))).toBeNull();
  expect(asStorageFailure(new TypeError('x'))).toBeNull();
  expect(asStorageFailure('x')).toBeNull();
});
