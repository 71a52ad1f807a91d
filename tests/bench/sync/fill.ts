// Puts a long history onto the disk of each server, in this process: started by join.ts.
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { DeviceId, instant, OperatorId } from '../../../shared/base/ids.ts';
import type { ClientBinding, DocumentUpdate } from '../../../src-main/commands/ports.ts';
import { DEFAULT_SYNC_LIMITS } from '../../../src-main/host/sync/sync-socket.ts';
import { createDocumentStore } from '../../../src-main/store/document-store.ts';
import { CLIENT_IDS, createHistory } from './history.ts';
import { requireFromPeers } from './peers.ts';
import { HOCUSPOCUS_FILE } from './serve-hocuspocus.ts';
import { documentOf, type Filled, type FillTask } from './join.ts';
import { openOurs } from './ours-file.ts';
import { LEVELDB_FOLDER } from './servers.ts';
import { answerTasks } from './worker.ts';

const PER_TRANSACTION = 1000;
const EVERY_MS = 150;
const DEVICES = CLIENT_IDS.map((_, author) => DeviceId.parse(`token:author-${String(author)}`));
const OPERATORS = CLIENT_IDS.map((_, author) => OperatorId.parse(`author-${String(author)}`));
const BEGAN_AT = 1_760_000_000_000;

/**
 * One row per edit and a segment for each full stretch, as the server leaves them when it has taken the edits one by one
 * from its sockets.
 */
async function fillOurs({ folder, seed, edits }: FillTask): Promise<readonly Filled[]> {
  const { encodeStateVector } = await import('yjs'); // only here: the other peer brings a Yjs of its own
  const { createHistoryStretch } = await import('../../../src-main/host/sync/history-stretch.ts');
  const db = openOurs(folder);
  const store = createDocumentStore(db);
  const filled = edits.map((count) => {
    const document = documentOf(count);
    const history = createHistory(seed);
    let bindings: readonly ClientBinding[] = CLIENT_IDS.map((clientId, author) => ({
      document,
      clientId,
      deviceId: DEVICES[author] ?? DeviceId.parse('token:nobody'),
      at: instant(BEGAN_AT),
    }));
    let updates: DocumentUpdate[] = [];
    let stretch: Uint8Array[] = [];
    let [number, historyBytes] = [0, 0];
    for (let edit = 1; edit <= count; edit += 1) {
      const { update, author } = history.next();
      const [operatorId, deviceId] = [OPERATORS[author], DEVICES[author]];
      if (operatorId === undefined || deviceId === undefined) throw new Error('an edit has an author');
      const at = instant(BEGAN_AT + edit * EVERY_MS);
      updates.push({ document, at, operatorId, deviceId, data: update });
      stretch.push(update);
      historyBytes += update.length;
      const isStretch = stretch.length === DEFAULT_SYNC_LIMITS.segmentUpdates;
      if (updates.length < PER_TRANSACTION && edit < count && !isStretch) continue;
      store.append({ updates, bindings });
      [updates, bindings] = [[], []];
      if (!isStretch) continue;
      const first = edit - stretch.length + 1;
      const stateVector = encodeStateVector(new Map(history.stateVector()));
      const data = createHistoryStretch(document, store, DEFAULT_SYNC_LIMITS).rest(null);
      if (data === null) throw new Error('the edits follow each other');
      store.putSegment(document, { number, first, through: edit, at, stateVector, historyBytes, data });
      stretch = [];
      number += 1;
    }
    return { edits: count, document, text: history.text() };
  });
  db.close();
  return filled;
}

/** The state as one blob, as Hocuspocus itself has stored it after the last edit. */
async function fillHocuspocus({ folder, seed, edits }: FillTask): Promise<void> {
  const Y = await import('yjs');
  const db = new Sqlite(join(folder, HOCUSPOCUS_FILE));
  db.exec('CREATE TABLE IF NOT EXISTS "documents" ("name" varchar(255) NOT NULL, "data" blob NOT NULL, UNIQUE(name))');
  const insert = db.prepare('INSERT INTO documents (name, data) VALUES (?, ?)');
  for (const count of edits) {
    const doc = new Y.Doc();
    const history = createHistory(seed);
    doc.transact(() => {
      for (let edit = 0; edit < count; edit += 1) Y.applyUpdate(doc, history.next().update);
    });
    insert.run(documentOf(count), Y.encodeStateAsUpdate(doc));
  }
  db.close();
}

interface LevelDb {
  storeUpdate(document: string, update: Uint8Array): Promise<unknown>;
  destroy(): Promise<void>;
}

/** One entry per edit, as y-websocket's server keeps them until somebody opens the document. */
async function fillYWebsocket({ folder, seed, edits }: FillTask): Promise<void> {
  const { LeveldbPersistence } = requireFromPeers('y-leveldb') as {
    LeveldbPersistence: new (folder: string) => LevelDb;
  };
  const db = new LeveldbPersistence(join(folder, LEVELDB_FOLDER));
  for (const count of edits) {
    const history = createHistory(seed);
    const name = `yjs/${documentOf(count)}`; // that server takes the whole path for the name
    for (let edit = 0; edit < count; edit += 1) await db.storeUpdate(name, history.next().update);
  }
  await db.destroy();
}

answerTasks({ ours: fillOurs, hocuspocus: fillHocuspocus, 'y-websocket': fillYWebsocket });
