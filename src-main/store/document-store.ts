import type { Database } from 'better-sqlite3';
import type { Instant, OperatorId } from '../../shared/base/ids.ts';
import type { DocumentStore, DocumentUpdate } from '../commands/ports.ts';

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

interface UpdateRow {
  readonly at: number;
  readonly operator: string;
  readonly data: Buffer;
}

/**
 * The Yjs documents of one database file. The connection comes opened, migrated, in WAL mode with synchronous=FULL:
 * that is what makes a returned `append` mean "on disk". SQLite's own errors (full, I/O, corrupt) are thrown as they are.
 */
export function createDocumentStore(db: Database): DocumentStore {
  const insertUpdate = db.prepare<{ document: string; at: number; operator: string; data: Uint8Array }>(
    `INSERT INTO yjs_update (document, n, at, operator, data)
     VALUES (:document, (SELECT coalesce(max(n), 0) + 1 FROM yjs_update WHERE document = :document), :at, :operator, :data)`,
  );
  const selectCheckpoint = db.prepare<[string], { n: number; state: Buffer }>(
    'SELECT n, state FROM yjs_checkpoint WHERE document = ?',
  );
  const selectAfter = db
    .prepare<[string, number], Buffer>('SELECT data FROM yjs_update WHERE document = ? AND n > ? ORDER BY n')
    .pluck();
  const selectHistory = db.prepare<[string], UpdateRow>(
    'SELECT at, operator, data FROM yjs_update WHERE document = ? ORDER BY n',
  );
  const upsertCheckpoint = db.prepare<{ document: string; state: Uint8Array }>(
    `INSERT INTO yjs_checkpoint (document, n, state)
     VALUES (:document, (SELECT coalesce(max(n), 0) FROM yjs_update WHERE document = :document), :state)
     ON CONFLICT (document) DO UPDATE SET n = excluded.n, state = excluded.state`,
  );

  const append = db.transaction((updates: readonly DocumentUpdate[]) => {
    for (const { document, at, operatorId, data } of updates) {
      insertUpdate.run({ document, at, operator: operatorId, data });
    }
  });

  // One read transaction: a checkpoint and the updates after it must be of the same moment.
  const load = db.transaction((document: string) => {
    const checkpoint = selectCheckpoint.get(document);
    return {
      checkpoint: checkpoint?.state ?? null,
      updates: selectAfter.all(document, checkpoint?.n ?? 0),
    };
  });

  return {
    append: (updates) => append.immediate(updates),
    load: (document) => load.deferred(document),
    putCheckpoint: (document, state) => void upsertCheckpoint.run({ document, state }),
    history: (document) =>
      selectHistory.all(document).map((row) => ({
        document,
        at: row.at as Instant,
        operatorId: row.operator as OperatorId,
        data: row.data,
      })),
  };
}
