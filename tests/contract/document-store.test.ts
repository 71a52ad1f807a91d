import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { DeviceId, instant, OperatorId } from '../../shared/base/ids.ts';
import { createDocumentStore, DOCUMENT_DEVICES_SCHEMA, DOCUMENT_SCHEMA } from '../../src-main/store/document-store.ts';
import { TEXT_BATCH_SCHEMA } from '../../src-main/store/text-log.ts';
import { createMemoryDocumentStore } from '../support/memory-document-store.ts';
import { documentStoreContract } from './document-store.contract.ts';

function openDatabase(): Database.Database {
  const db = new Database(':memory:');
  db.exec(DOCUMENT_SCHEMA + DOCUMENT_DEVICES_SCHEMA + TEXT_BATCH_SCHEMA);
  return db;
}

documentStoreContract('in memory', createMemoryDocumentStore);
documentStoreContract('SQLite', () => createDocumentStore(openDatabase()));

test('SQLite: one update that cannot be stored keeps the whole batch out', () => {
  const db = openDatabase();
  db.exec(`CREATE TRIGGER full BEFORE INSERT ON yjs_update WHEN NEW.document = 'b'
           BEGIN SELECT RAISE(ABORT, 'no room'); END`);
  const store = createDocumentStore(db);
  const [at, operatorId, deviceId] = [instant(1), OperatorId.parse('anna'), DeviceId.parse('browser:laptop')];
  const row = { at, operatorId, deviceId, data: Uint8Array.of(1) };
  expect(() =>
    store.append({
      updates: [
        { ...row, document: 'a' },
        { ...row, document: 'b' },
      ],
      bindings: [{ document: 'a', clientId: 1, deviceId, at }],
    }),
  ).toThrow('no room');
  expect(store.history('a')).toEqual([]);
  expect(store.outline('a').bindings).toEqual([]);
  expect(db.inTransaction).toBe(false);
});

test('SQLite: a document from before devices were kept is read whole, its updates of no known device', () => {
  const db = new Database(':memory:');
  db.exec(DOCUMENT_SCHEMA);
  db.exec(`INSERT INTO yjs_update VALUES ('a', 1, 10, 'anna', x'01'), ('a', 2, 20, 'anna', x'02');
           INSERT INTO yjs_checkpoint VALUES ('a', 1, x'01')`);
  db.exec(DOCUMENT_DEVICES_SCHEMA + TEXT_BATCH_SCHEMA);
  const store = createDocumentStore(db);
  expect(store.outline('a').tail.map(({ data }) => [...data])).toEqual([[1], [2]]);
  expect(store.history('a').map(({ deviceId }) => deviceId)).toEqual(['unknown:earlier', 'unknown:earlier']);
});
