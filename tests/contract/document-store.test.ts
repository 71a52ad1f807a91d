import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { instant, OperatorId } from '../../shared/base/ids.ts';
import { createDocumentStore, DOCUMENT_SCHEMA } from '../../src-main/store/document-store.ts';
import { createMemoryDocumentStore } from '../support/memory-document-store.ts';
import { documentStoreContract } from './document-store.contract.ts';

function openDatabase(): Database.Database {
  const db = new Database(':memory:');
  db.exec(DOCUMENT_SCHEMA);
  return db;
}

documentStoreContract('in memory', createMemoryDocumentStore);
documentStoreContract('SQLite', () => createDocumentStore(openDatabase()));

test('SQLite: one update that cannot be stored keeps the whole batch out', () => {
  const db = openDatabase();
  db.exec(`CREATE TRIGGER full BEFORE INSERT ON yjs_update WHEN NEW.document = 'b'
           BEGIN SELECT RAISE(ABORT, 'no room'); END`);
  const store = createDocumentStore(db);
  const row = { at: instant(1), operatorId: OperatorId.parse('anna'), data: Uint8Array.of(1) };
  expect(() =>
    store.append([
      { ...row, document: 'a' },
      { ...row, document: 'b' },
    ]),
  ).toThrow('no room');
  expect(store.history('a')).toEqual([]);
  expect(db.inTransaction).toBe(false);
});
