import type { Database } from 'better-sqlite3';
import type { DeviceId, Instant, OperatorId, PublicKeyHex } from '../../shared/base/ids.ts';
import type {
  ClientBinding,
  DocumentBatch,
  DocumentOutline,
  DocumentSegment,
  DocumentStore,
} from '../commands/ports.ts';

/**
 * `yjs_update` is the history: append-only, one row per accepted update, `n` counts from 1 in each document.
 * `yjs_checkpoint` is a shortcut beside it: the state after update `n`. Deleting every checkpoint loses nothing.
 * Without rowid, so that one document's updates lie together on disk although several grow at the same time.
 */
export const DOCUMENT_SCHEMA = `
CREATE TABLE yjs_update (
  document TEXT NOT NULL,
  n INTEGER NOT NULL CHECK (n > 0),
  at INTEGER NOT NULL,
  operator TEXT NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (document, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE yjs_checkpoint (
  document TEXT PRIMARY KEY,
  n INTEGER NOT NULL,
  state BLOB NOT NULL
) STRICT;
`;

/**
 * Adds who wrote from where, whose each client id is, and segments in place of the checkpoint, which became slow to
 * write as a document grew. Like it, segments may all be deleted, and nothing is lost. The old checkpoints are: an
 * earlier document is read once from its updates, and has segments from then on. Its client ids belong to nobody.
 *
 * `yjs_segment` has a rowid: with a blob of many pages in it, rows without one would be slow to find.
 */
export const DOCUMENT_DEVICES_SCHEMA = `
ALTER TABLE yjs_update ADD COLUMN device TEXT NOT NULL DEFAULT 'unknown:earlier';

CREATE TABLE yjs_client (
  document TEXT NOT NULL,
  client INTEGER NOT NULL,
  device TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (document, client)
) STRICT, WITHOUT ROWID;

CREATE TABLE yjs_segment (
  document TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 0),
  first INTEGER NOT NULL,
  through INTEGER NOT NULL,
  at INTEGER NOT NULL,
  history_bytes INTEGER NOT NULL,
  state_vector BLOB NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (document, number)
) STRICT;

DROP TABLE yjs_checkpoint;
`;

interface UpdateRow {
  readonly at: number;
  readonly operator: string;
  readonly device: string;
  readonly host: string | null;
  readonly data: Buffer;
}

interface NewestRow {
  readonly number: number;
  readonly first: number;
  readonly through: number;
  readonly at: number;
  readonly history_bytes: number;
  readonly state_vector: Buffer;
}

/**
 * The Yjs documents of one database file. The connection comes opened, migrated, in WAL mode with synchronous=FULL:
 * that is what makes a returned `append` mean "on disk". SQLite's own errors (full, I/O, corrupt) are thrown as they are.
 */
export function createDocumentStore(db: Database): DocumentStore {
  const insertUpdate = db.prepare<{
    document: string;
    at: number;
    operator: string;
    device: string;
    data: Uint8Array;
  }>(
    `INSERT INTO yjs_update (document, n, at, operator, device, data)
     VALUES (:document, (SELECT coalesce(max(n), 0) + 1 FROM yjs_update WHERE document = :document), :at, :operator,
             :device, :data)`,
  );
  const insertBinding = db.prepare<[string, number, string, number]>(
    'INSERT OR IGNORE INTO yjs_client (document, client, device, at) VALUES (?, ?, ?, ?)',
  );
  const selectBindings = db.prepare<[string], { clientId: number; deviceId: DeviceId; at: Instant }>(
    'SELECT client AS clientId, device AS deviceId, at FROM yjs_client WHERE document = ?',
  );
  const selectNewest = db.prepare<[string], NewestRow>(
    `SELECT number, first, through, at, history_bytes, state_vector FROM yjs_segment
     WHERE document = ? ORDER BY number DESC LIMIT 1`,
  );
  const selectSegment = db
    .prepare<[string, number], Buffer>('SELECT data FROM yjs_segment WHERE document = ? AND number = ?')
    .pluck();
  const selectAfter = db.prepare<[string, number], { at: Instant; data: Buffer }>(
    'SELECT at, data FROM yjs_update WHERE document = ? AND n > ? ORDER BY n',
  );
  const selectHistory = db.prepare<[string], UpdateRow>(
    'SELECT at, operator, device, host, data FROM yjs_update WHERE document = ? ORDER BY n',
  );
  const upsertSegment = db.prepare<Omit<DocumentSegment, 'at'> & { document: string; at: number }>(
    `INSERT INTO yjs_segment (document, number, first, through, at, history_bytes, state_vector, data)
     VALUES (:document, :number, :first, :through, :at, :historyBytes, :stateVector, :data)
     ON CONFLICT (document, number) DO UPDATE SET first = excluded.first, through = excluded.through, at = excluded.at,
       history_bytes = excluded.history_bytes, state_vector = excluded.state_vector, data = excluded.data`,
  );
  // A segment stands for its updates only where none of them is later; and no later segment without it, because what
  // Yjs has tidied up in one builds on the one before.
  const selectSegmentsUpTo = db.prepare<[string, string, number], { through: number; data: Buffer }>(
    `SELECT through, data FROM yjs_segment WHERE document = ? AND number <
       (SELECT coalesce(min(number), 9007199254740991) FROM yjs_segment WHERE document = ? AND at > ?) ORDER BY number`,
  );
  const selectUpTo = db
    .prepare<[string, number, number], Buffer>(
      'SELECT data FROM yjs_update WHERE document = ? AND n > ? AND at <= ? ORDER BY n',
    )
    .pluck();

  const append = db.transaction(({ updates, bindings }: DocumentBatch) => {
    for (const { document, clientId, deviceId, at } of bindings) insertBinding.run(document, clientId, deviceId, at);
    for (const { document, at, operatorId, deviceId, data } of updates) {
      insertUpdate.run({ document, at, operator: operatorId, device: deviceId, data });
    }
  });

  // One read transaction: segments and the updates after them must be of the same moment.
  const outline = db.transaction((document: string): DocumentOutline => {
    const newest = selectNewest.get(document);
    return {
      newest: newest === undefined ? null : segmentOf(newest),
      tail: selectAfter.all(document, newest?.through ?? 0),
      bindings: selectBindings.all(document) satisfies readonly Omit<ClientBinding, 'document'>[],
    };
  });

  const stateAt = db.transaction((document: string, at: Instant): readonly Uint8Array[] => {
    const segments = selectSegmentsUpTo.all(document, document, at);
    const rest = selectUpTo.all(document, segments.at(-1)?.through ?? 0, at);
    return [...segments.map(({ data }) => data), ...rest];
  });

  return {
    append: (batch) => append.immediate(batch),
    outline: (document) => outline.deferred(document),
    segment: (document, number) => selectSegment.get(document, number) ?? null,
    putSegment: (document, segment) => void upsertSegment.run({ document, ...segment }),
    history: (document) =>
      selectHistory.all(document).map((row) => ({
        document,
        at: row.at as Instant,
        operatorId: row.operator as OperatorId,
        deviceId: row.device as DeviceId,
        host: row.host as PublicKeyHex | null,
        data: row.data,
      })),
    stateAt: (document, at) => stateAt.deferred(document, at),
  };
}

function segmentOf({ history_bytes, state_vector, ...row }: NewestRow): Omit<DocumentSegment, 'data'> {
  return { ...row, at: row.at as Instant, historyBytes: history_bytes, stateVector: state_vector };
}
