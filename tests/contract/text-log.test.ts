import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { DeviceId, instant, OperatorId, Sha256Hex } from '../../shared/base/ids.ts';
import { signTextBatch, textHeadOf, type TextUpdate } from '../../shared/log/text-batch.ts';
import { createDocumentStore, DOCUMENT_DEVICES_SCHEMA, DOCUMENT_SCHEMA } from '../../src-main/store/document-store.ts';
import { openTextLog, TEXT_BATCH_SCHEMA } from '../../src-main/store/text-log.ts';
import { signerOf } from '../support/log-fixtures.ts';
import { createMemoryDocumentStore } from '../support/memory-document-store.ts';
import { createMemoryTextLog } from '../support/memory-text-log.ts';
import { unwrap } from '../support/unwrap.ts';
import { textLogContract } from './text-log.contract.ts';

const NOTES = 'workspace/notes';
const WORKSPACE = Sha256Hex.parse('a'.repeat(64));

function openDatabase(): Database.Database {
  const db = new Database(':memory:');
  db.exec(DOCUMENT_SCHEMA + DOCUMENT_DEVICES_SCHEMA + TEXT_BATCH_SCHEMA);
  return db;
}

function update(at: number, ...bytes: number[]): TextUpdate {
  const deviceId = DeviceId.parse('browser:laptop');
  return { at: instant(at), operatorId: OperatorId.parse('anna'), deviceId, data: Uint8Array.from(bytes) };
}

textLogContract('in memory', () => {
  const store = createMemoryDocumentStore();
  return { store, texts: createMemoryTextLog(store) };
});
textLogContract('SQLite', () => {
  const db = openDatabase();
  return { store: createDocumentStore(db), texts: unwrap(openTextLog(db)) };
});

/** A file with batches of its own, of another host, and one that was refused. */
function filled() {
  const db = openDatabase();
  const store = createDocumentStore(db);
  const texts = unwrap(openTextLog(db));
  const write = (...updates: readonly TextUpdate[]): void =>
    store.append({ updates: updates.map((one) => ({ ...one, document: NOTES })), bindings: [] });
  write(update(1, 1), update(2, 2));
  texts.seal(NOTES, signerOf('ours'), WORKSPACE);
  const about = { workspace: WORKSPACE, document: NOTES };
  const first = signTextBatch(signerOf('theirs'), { ...about, head: null }, [update(3, 3)]);
  texts.receive(first, []);
  texts.refuse(signTextBatch(signerOf('theirs'), { ...about, head: textHeadOf(first) }, [update(4, 4)]), 'unfit');
  write(update(5, 5));
  return { db, texts, store };
}

test('SQLite: a log that is opened again goes on where it was', () => {
  const { db, texts } = filled();
  const again = unwrap(openTextLog(db));
  expect(again.tips(NOTES)).toEqual(texts.tips(NOTES));
  expect(again.lacking(NOTES, [], 10)).toEqual(texts.lacking(NOTES, [], 10));
  expect(again.refused(NOTES)).toEqual(texts.refused(NOTES));
  expect(again.seal(NOTES, signerOf('ours'), WORKSPACE).map(({ header }) => header.n)).toEqual([2]);
});

test('SQLite: a file from before batches counts as taken in here, and can be sealed whole', () => {
  const db = new Database(':memory:');
  db.exec(DOCUMENT_SCHEMA);
  db.exec(`INSERT INTO yjs_update VALUES ('a', 1, 10, 'anna', x'01'), ('a', 2, 20, 'anna', x'02')`);
  db.exec(DOCUMENT_DEVICES_SCHEMA);
  db.exec(`INSERT INTO yjs_segment VALUES ('a', 0, 1, 2, 10, 2, x'00', x'0102')`);
  db.exec(TEXT_BATCH_SCHEMA);
  const store = createDocumentStore(db);
  expect(store.history('a').map(({ host }) => host)).toEqual([null, null]);
  expect(store.outline('a').newest?.at, 'a segment is as late as the latest in it').toBe(20);
  const texts = unwrap(openTextLog(db));
  expect(texts.documents()).toEqual(['a']);
  const [batch] = texts.seal('a', signerOf('ours'), WORKSPACE);
  expect(batch?.header.updates.map(({ at, deviceId }) => [at, deviceId])).toEqual([
    [10, 'unknown:earlier'],
    [20, 'unknown:earlier'],
  ]);
});

test.each([
  ['a header', `UPDATE text_batch SET header = replace(header, '"at":3', '"at":9') WHERE idx = 2`],
  ['an author', `UPDATE text_batch SET author = replace(author, substr(author, 1, 1), 'e') WHERE idx = 2`],
  ['a number', 'UPDATE text_batch SET n = 2, previous = hash WHERE idx = 2'],
  ['a document', `UPDATE text_batch SET document = 'workspace/other' WHERE idx = 3`],
  ['a hash', `UPDATE text_batch SET hash = replace(hash, substr(hash, 1, 1), 'e') WHERE idx = 1`],
  ['a row that is gone', 'DELETE FROM text_batch WHERE idx = 2'],
  ['an update that was taken in here', "UPDATE yjs_update SET data = x'ff' WHERE n = 2"],
  ['an update of another host', "UPDATE yjs_update SET data = x'ff' WHERE n = 3"],
  ['an update that was refused', "UPDATE text_batch SET data = x'ff' WHERE idx = 3"],
  ['who wrote an update', "UPDATE yjs_update SET operator = 'ben' WHERE n = 1"],
  ['when it was written', 'UPDATE yjs_update SET at = 4 WHERE n = 3'],
  ['what it was written from', "UPDATE yjs_update SET device = 'browser:phone' WHERE n = 3"],
  ['who took it in', 'UPDATE yjs_update SET host = NULL WHERE n = 3'],
])('SQLite: %s that was changed is found when the file is opened', (_name, sql) => {
  const { db } = filled();
  db.exec(sql);
  const opened = openTextLog(db);
  expect(opened.ok ? 'opened' : opened.error.type).toBe('DatabaseDamaged');
});

test.each([
  ['here', "UPDATE yjs_update SET data = x'ff' WHERE n = 1"],
  ['by another host', "UPDATE yjs_update SET data = x'ff' WHERE n = 3"],
  ['and refused', "UPDATE text_batch SET data = x'ff' WHERE idx = 3"],
])('SQLite: an update taken in %s that was changed is not given on', (_name, sql) => {
  const { db, texts } = filled();
  db.exec(sql);
  expect(() => texts.lacking(NOTES, [], 10)).toThrow('not stored as it was signed');
});

test('SQLite: a batch that cannot be stored leaves no row, no client id and no head behind', () => {
  const { db, texts, store } = filled();
  db.exec(`CREATE TRIGGER full BEFORE INSERT ON text_batch BEGIN SELECT RAISE(ABORT, 'no room'); END`);
  const before = [store.history(NOTES).length, texts.tips(NOTES)];
  const about = { workspace: WORKSPACE, document: NOTES, head: null };
  const batch = signTextBatch(signerOf('third'), about, [update(9, 9)]);
  const binding = { document: NOTES, clientId: 1, deviceId: DeviceId.parse('browser:laptop'), at: instant(9) };
  expect(() => texts.receive(batch, [binding])).toThrow('no room');
  expect(() => texts.seal(NOTES, signerOf('ours'), WORKSPACE)).toThrow('no room');
  expect(() => texts.refuse(batch, 'full')).toThrow('no room');
  expect([store.history(NOTES).length, texts.tips(NOTES)]).toEqual(before);
  expect(store.outline(NOTES).bindings).toEqual([]);
  expect(db.inTransaction).toBe(false);
  db.exec('DROP TRIGGER full');
  texts.receive(batch, []);
  expect(texts.seal(NOTES, signerOf('ours'), WORKSPACE)).toHaveLength(1);
});
