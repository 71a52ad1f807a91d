import type { Database } from 'better-sqlite3';
import type { DeviceId, Instant, OperatorId, PublicKeyHex, Sha256Hex, SignatureHex } from '../../shared/base/ids.ts';
import type { BatchStanding, ClientBinding, TextRefusal } from '../commands/ports.ts';
import type { TextUpdate } from '../../shared/log/text-batch.ts';

/** A row of `text_batch` without what was signed. */
export interface BatchRow {
  readonly idx: number;
  readonly document: string;
  readonly author: PublicKeyHex;
  readonly n: number;
  readonly hash: Sha256Hex;
  readonly previous: Sha256Hex | null;
  readonly state: BatchStanding;
  readonly why: TextRefusal | null;
  readonly first: number | null;
  readonly through: number | null;
}

/** The rest of it. */
export interface SignedRow {
  readonly header: string;
  readonly signature: SignatureHex;
  readonly data: Uint8Array | null;
}

/** A row of `yjs_update`. */
export interface UpdateRow {
  readonly n: number;
  readonly at: Instant;
  readonly operatorId: OperatorId;
  readonly deviceId: DeviceId;
  readonly data: Buffer;
}

/** What a log of texts reads and writes, statement by statement. */
export function createTextRows(db: Database) {
  const selectBatches = db.prepare<[], BatchRow>(
    'SELECT idx, document, author, n, hash, previous, state, why, first, through FROM text_batch ORDER BY idx',
  );
  const selectSigned = db.prepare<[number], SignedRow>('SELECT header, signature, data FROM text_batch WHERE idx = ?');
  // From one document to the next: there are many updates of few documents.
  const selectDocuments = db
    .prepare<[], string>(
      `WITH RECURSIVE next(document) AS (
         SELECT min(document) FROM yjs_update
         UNION ALL SELECT (SELECT min(document) FROM yjs_update WHERE document > next.document) FROM next
         WHERE next.document IS NOT NULL
       ) SELECT document FROM next WHERE document IS NOT NULL`,
    )
    .pluck();
  const selectUnsigned = db.prepare<[string, number], UpdateRow>(
    `SELECT n, at, operator AS operatorId, device AS deviceId, data FROM yjs_update
     WHERE document = ? AND n > ? AND host IS NULL ORDER BY n`,
  );
  const selectLast = db
    .prepare<[string], number>('SELECT coalesce(max(n), 0) FROM yjs_update WHERE document = ?')
    .pluck();
  const selectUpdates = db.prepare<[string, number, number, string | null], UpdateRow>(
    `SELECT n, at, operator AS operatorId, device AS deviceId, data FROM yjs_update
     WHERE document = ? AND n BETWEEN ? AND ? AND host IS ? ORDER BY n`,
  );
  const insertUpdate = db.prepare<
    [document: string, n: number, at: number, operator: string, device: string, data: Uint8Array, host: string]
  >('INSERT INTO yjs_update (document, n, at, operator, device, data, host) VALUES (?, ?, ?, ?, ?, ?, ?)');
  const insertBinding = db.prepare<[string, number, string, number]>(
    'INSERT OR IGNORE INTO yjs_client (document, client, device, at) VALUES (?, ?, ?, ?)',
  );
  const insertBatch = db.prepare<BatchRow & SignedRow>(
    `INSERT INTO text_batch (idx, document, author, n, hash, previous, header, signature, state, why, first, through, data)
     VALUES (:idx, :document, :author, :n, :hash, :previous, :header, :signature, :state, :why, :first, :through, :data)`,
  );
  const updateTaken = db.prepare<[first: number, through: number, idx: number]>(
    `UPDATE text_batch SET state = 'taken', why = NULL, data = NULL, first = ?, through = ? WHERE idx = ?`,
  );

  return {
    batches: (): readonly BatchRow[] => selectBatches.all(),
    signed: (idx: number): SignedRow | undefined => selectSigned.get(idx),
    /** Every document that has updates. */
    documents: (): readonly string[] => selectDocuments.all(),
    /** What was taken in here after a row, oldest first. */
    unsigned: (document: string, after: number): Iterable<UpdateRow> => selectUnsigned.iterate(document, after),
    last: (document: string): number => selectLast.get(document) ?? 0,
    /** A batch's updates; none where it was refused. What was signed here has no host. */
    updates(document: string, { author, state, first, through }: Omit<BatchRow, 'document'>): readonly UpdateRow[] {
      if (first === null || through === null) return [];
      return selectUpdates.all(document, first, through, state === 'signed' ? null : author);
    },
    /** After all there are. Returns the numbers of the first and the last. */
    addUpdates(document: string, author: PublicKeyHex, updates: readonly TextUpdate[]) {
      const first = (selectLast.get(document) ?? 0) + 1;
      for (const [index, { at, operatorId, deviceId, data }] of updates.entries()) {
        insertUpdate.run(document, first + index, at, operatorId, deviceId, data, author);
      }
      return { first, through: first + updates.length - 1 };
    },
    addBindings(bindings: readonly ClientBinding[]): void {
      for (const { document, clientId, deviceId, at } of bindings) insertBinding.run(document, clientId, deviceId, at);
    },
    addBatch: (row: BatchRow & SignedRow): void => void insertBatch.run(row),
    markTaken: (idx: number, first: number, through: number): void => void updateTaken.run(first, through, idx),
  };
}
