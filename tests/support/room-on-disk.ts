import { createHash } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import * as Y from 'yjs';
import { DeviceId, instant, OperatorId } from '../../shared/base/ids.ts';
import { ok, type Result } from '../../shared/base/result.ts';
import type { StoredEvent } from '../../shared/log/envelope.ts';
import type { EventLog } from '../../shared/log/event-log.ts';
import type { DocumentStore, DocumentUpdate } from '../../src-main/commands/ports.ts';
import { createDocumentStore } from '../../src-main/store/document-store.ts';
import { openEventStore } from '../../src-main/store/event-store.ts';
import { LOG_FILE_MIGRATIONS } from '../../src-main/store/migrations/log-file.ts';
import { openDatabase, type OpenRefusal } from '../../src-main/store/open-database.ts';
import { contextAt, ROOM, signerOf } from './log-fixtures.ts';

/** A room's file as a host opens it: its log and its texts. */
export interface RoomOnDisk {
  readonly db: Database;
  readonly log: EventLog;
  readonly documents: DocumentStore;
}

export const DOCUMENTS = ['room/statement/a', 'room/statement/b'] as const;

export function openRoomOnDisk(file: string, create = false): Result<RoomOnDisk, OpenRefusal> {
  const opened = openDatabase(file, { migrations: LOG_FILE_MIGRATIONS, create });
  if (!opened.ok) return opened;
  const log = openEventStore(opened.value, ROOM);
  if (log.ok) return ok({ db: opened.value, log: log.value, documents: createDocumentStore(opened.value) });
  opened.value.close();
  return log;
}

/** What the file says: all that was ever acknowledged must be in here, and nothing else. */
export interface RoomContent {
  readonly events: readonly StoredEvent[];
  readonly texts: readonly (readonly DocumentUpdate[])[];
}

export function contentOf({ log, documents }: RoomOnDisk): RoomContent {
  return { events: log.read(), texts: DOCUMENTS.map((document) => documents.history(document)) };
}

/** How much of it there is: one commit changes one of these numbers, or several at once. */
export function sizesOf({ events, texts }: RoomContent): readonly number[] {
  return [events.length, ...texts.map((updates) => updates.length)];
}

/** Work on a room in commits of several rows, so that half a commit would show. The same in every run. */
export function createWriter({ log, documents }: RoomOnDisk): {
  commit(turn: number): void;
  /** As `sizesOf`, of all that was committed. */
  sizes(): readonly number[];
} {
  const device = DeviceId.parse('host:under-test');
  const operatorId = OperatorId.parse('anna');
  const texts = DOCUMENTS.map((document, number) => {
    const doc = new Y.Doc();
    doc.clientID = 1_000 + number;
    return { document, doc, text: doc.getText('text') };
  });

  let updates = 0;

  /** Two updates of each text, which only make sense together. */
  function typeInto(turn: number): DocumentUpdate[] {
    return texts.flatMap(({ document, doc, text }) => {
      const row = (data: Uint8Array) => ({ document, at: instant(1_000 + turn), operatorId, deviceId: device, data });
      return [1, 2].map((part) => {
        const before = Y.encodeStateVector(doc);
        text.insert(text.length, `${String(turn)}.${String(part)} ${wordsOf(turn).slice(0, 200)} `);
        return row(Y.encodeStateAsUpdate(doc, before));
      });
    });
  }

  return {
    commit(turn) {
      if (turn % 2 === 1) {
        const bindings = texts.map(({ document, doc }) => ({
          document,
          clientId: doc.clientID,
          deviceId: device,
          at: instant(1_000),
        }));
        documents.append({ updates: typeInto(turn), bindings });
        updates += 2;
        return;
      }
      const drafts = Array.from({ length: 1 + (turn % 3) }, (_, part) => ({
        type: 'NoteTaken',
        body: { turn, part, text: wordsOf(turn + part) },
      }));
      log.append(signerOf(turn % 4 === 0 ? 'anna' : 'bea'), drafts, contextAt(1_000_000 + turn));
    },
    sizes: () => [log.length, ...texts.map(() => updates)],
  };
}

/** Nothing repeats, so that no page looks like another. */
function wordsOf(turn: number): string {
  return createHash('sha512').update(String(turn)).digest('base64').repeat(3);
}
