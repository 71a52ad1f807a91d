import { hash as digest } from 'node:crypto';
import { concatBytes } from '@noble/hashes/utils.js';
import type { Database } from 'better-sqlite3';
import { canonicalJson } from '../../shared/base/canonical.ts';
import type { Sha256Hex } from '../../shared/base/ids.ts';
import { invariant } from '../../shared/base/invariant.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import {
  MOST_BATCH_BYTES,
  MOST_BATCH_UPDATES,
  signTextBatch,
  updatesOf,
  type TextBatch,
  type TextBatchHeader,
  type TextUpdate,
} from '../../shared/log/text-batch.ts';
import type { ClientBinding, TextLog } from '../commands/ports.ts';
import { createBatchTree, type BatchTree, type PlacedBatch } from './batch-trees.ts';
import { damaged, type DatabaseDamaged } from './database-check.ts';
import { createTextRows, type BatchRow, type SignedRow, type UpdateRow } from './text-rows.ts';

// The texts of one file as they travel.
// 1. What was taken in here is in `yjs_update` with no host, and is signed from there; a batch of another host is stored
//    with its rows in one commit, each row just as it was signed. So any host can send on any batch, to the byte.
// 2. Opening follows every author's chain and hashes every header and every update that is in a batch, so a page that
//    changed under us is found. They are hashed again when they are sent on: nothing else than what was signed leaves.
// 3. `idx` is the order in which batches came or were signed here: each follows what it builds on.

/**
 * Of the updates `host` is the one that took them in and signed them; null means this one, and is what all earlier rows
 * are. A batch has its updates in the rows from `first` to `through` that have its host, or, where it was refused, in
 * `data`. A segment's time becomes the latest of what it covers: updates may come late.
 */
export const TEXT_BATCH_SCHEMA = `
ALTER TABLE yjs_update ADD COLUMN host TEXT;

CREATE TABLE text_batch (
  idx INTEGER PRIMARY KEY,
  document TEXT NOT NULL,
  author TEXT NOT NULL,
  n INTEGER NOT NULL CHECK (n > 0),
  hash TEXT NOT NULL,
  previous TEXT,
  header TEXT NOT NULL,
  signature TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('signed', 'taken', 'refused')),
  why TEXT,
  first INTEGER,
  through INTEGER,
  data BLOB,
  CHECK ((previous IS NULL) = (n = 1)),
  CHECK ((state = 'refused') = (why IS NOT NULL)),
  CHECK ((state = 'refused') = (data IS NOT NULL)),
  CHECK ((state = 'refused') = (first IS NULL) AND (first IS NULL) = (through IS NULL))
) STRICT;

UPDATE yjs_segment SET at = max(at, (
  SELECT coalesce(max(yjs_update.at), 0) FROM yjs_update
  WHERE yjs_update.document = yjs_segment.document AND yjs_update.n BETWEEN yjs_segment.first AND yjs_segment.through
));
`;

/** What is known of a batch without reading it. */
type Held = PlacedBatch & Pick<BatchRow, 'idx' | 'state' | 'why' | 'first' | 'through'>;

/** What was signed here, on its way to the disk. */
interface Sealed {
  readonly batch: TextBatch;
  readonly header: HeaderText;
  readonly updates: readonly UpdateRow[];
}

interface DocumentTexts {
  readonly tree: BatchTree<Held>;
  /** Up to which row everything that was taken in here is signed. */
  signedThrough: number;
}

/** A header as it is stored, and the batch's identity (`textBatchHash`), made from it in one go. */
interface HeaderText {
  readonly text: string;
  readonly hash: Sha256Hex;
}

const TEXT_DOMAIN = 'firebreak/text/1\n';

/** The texts that a migrated database holds. `db` must be the connection of the file's document store. */
export function openTextLog(db: Database): Result<TextLog, DatabaseDamaged> {
  const rows = createTextRows(db);
  const textsByDocument = new Map<string, DocumentTexts>();
  let nextIdx = 1;
  for (const batch of rows.batches()) {
    const texts = textsOf(batch.document);
    if (batch.idx !== nextIdx || !texts.tree.fits(batch) || !isIntact(batch)) return err(damagedBatch(db, batch));
    texts.tree.add(batch);
    if (batch.state === 'signed') texts.signedThrough = batch.through ?? texts.signedThrough;
    nextIdx += 1;
  }

  /** Whether the rows of a batch, its own and its updates', still say what was signed. */
  function isIntact(batch: BatchRow): boolean {
    const signed = rows.signed(batch.idx);
    if (signed === undefined || !isHeaderOf(batch, signed.header)) return false;
    const header = JSON.parse(signed.header) as TextBatchHeader; // what was signed: its hash says so
    const updates = rows.updates(batch.document, batch);
    const isTold =
      batch.state === 'refused' ||
      (updates.length === header.updates.length &&
        updates.every(({ at, operatorId, deviceId }, index) => {
          const told = header.updates[index];
          return told?.at === at && told.operatorId === operatorId && told.deviceId === deviceId;
        }));
    return isTold && digest('sha256', dataOf(signed, updates)) === header.sha256;
  }

  function textsOf(document: string): DocumentTexts {
    let texts = textsByDocument.get(document);
    if (texts === undefined) {
      texts = { tree: createBatchTree<Held>(), signedThrough: 0 };
      textsByDocument.set(document, texts);
    }
    return texts;
  }

  function storeBatch(
    { header, signature, data }: TextBatch,
    { text, hash }: HeaderText,
    idx: number,
    held: Pick<Held, 'state' | 'why' | 'first' | 'through'>,
  ): Held {
    const { document, author, n, previous } = header;
    const placed = { ...held, idx, author, n, previous, hash };
    const stored = held.state === 'refused' ? data : null;
    rows.addBatch({ ...placed, document, header: text, signature, data: stored });
    return placed;
  }

  const keepTaken = db.transaction(
    (batch: TextBatch, header: HeaderText, known: Held | null, bindings: readonly ClientBinding[]): Held => {
      rows.addBindings(bindings);
      const added = rows.addUpdates(batch.header.document, batch.header.author, updatesOf(batch));
      if (known === null) return storeBatch(batch, header, nextIdx, { state: 'taken', why: null, ...added });
      rows.markTaken(known.idx, added.first, added.through);
      return { ...known, state: 'taken', why: null, ...added };
    },
  );

  const keepSigned = db.transaction((sealed: readonly Sealed[]) =>
    sealed.map(({ batch, header, updates }, index) => {
      const [first, through] = [updates[0]?.n ?? null, updates.at(-1)?.n ?? null];
      return storeBatch(batch, header, nextIdx + index, { state: 'signed', why: null, first, through });
    }),
  );

  /** At most `most` groups of rows that are a batch each; and up to which row there is nothing else. */
  function unsigned(document: string, after: number, most: number) {
    const groups: UpdateRow[][] = [];
    let [group, bytes, looked] = [[] as UpdateRow[], 0, after];
    for (const row of rows.unsigned(document, after)) {
      const isFull = group.length === MOST_BATCH_UPDATES || bytes + row.data.length > MOST_BATCH_BYTES;
      if (group.length === 0 || isFull) {
        if (groups.length === most) return { groups, looked };
        [group, bytes] = [[], 0];
        groups.push(group);
      }
      group.push(row);
      bytes += row.data.length;
      looked = row.n;
    }
    return { groups, looked: rows.last(document) };
  }

  function read(document: string, held: Held): TextBatch {
    const signed = rows.signed(held.idx);
    invariant(signed, 'a batch that is known is stored');
    const header = JSON.parse(signed.header) as TextBatchHeader; // it was found to be what was signed
    const data = dataOf(signed, rows.updates(document, held));
    if (digest('sha256', data) !== header.sha256) {
      throw new Error(`Batch ${String(held.n)} of ${document} by ${held.author} is not stored as it was signed.`);
    }
    return { header, signature: signed.signature, data };
  }

  return ok({
    documents() {
      const refusedOnly = [...textsByDocument].flatMap(([name, { tree }]) => (tree.tips().length > 0 ? [name] : []));
      return [...new Set([...rows.documents(), ...refusedOnly])].sort();
    },
    tips: (document) => textsByDocument.get(document)?.tree.tips() ?? [],
    standing: (document, hash) => textsByDocument.get(document)?.tree.get(hash)?.state ?? null,
    follows: (header) => textsOf(header.document).tree.fits(header),

    seal(document, signer, workspace, limit = Infinity) {
      const texts = textsOf(document);
      const { groups, looked } = unsigned(document, texts.signedThrough, limit);
      const placed = texts.tree.headOf(signer.publicKey);
      let head = placed && { author: placed.author, n: placed.n, hash: placed.hash };
      const sealed = groups.map((updates): Sealed => {
        const batch = signTextBatch(signer, { workspace, document, head }, updates satisfies readonly TextUpdate[]);
        const header = headerText(batch.header);
        head = { author: signer.publicKey, n: batch.header.n, hash: header.hash };
        return { batch, header, updates };
      });
      if (sealed.length > 0) for (const held of keepSigned.immediate(sealed)) texts.tree.add(held);
      nextIdx += sealed.length;
      texts.signedThrough = looked;
      return sealed.map(({ batch }) => batch);
    },

    lacking(document, tips, limit) {
      const lacked = textsByDocument.get(document)?.tree.lacking(tips, limit) ?? [];
      return lacked.map((held) => read(document, held));
    },

    receive(batch, bindings) {
      const { tree } = textsOf(batch.header.document);
      const header = headerText(batch.header);
      const known = tree.get(header.hash);
      invariant(known ? known.state === 'refused' : tree.fits(batch.header), 'a batch is taken once, and in its place');
      const held = keepTaken.immediate(batch, header, known, bindings);
      if (known !== null) return tree.replace(held);
      tree.add(held);
      nextIdx += 1;
    },

    refuse(batch, why) {
      const { tree } = textsOf(batch.header.document);
      const header = headerText(batch.header);
      if (tree.get(header.hash) !== null) return;
      invariant(tree.fits(batch.header), 'a batch is kept in its place');
      tree.add(storeBatch(batch, header, nextIdx, { state: 'refused', why, first: null, through: null }));
      nextIdx += 1;
    },

    refused(document) {
      const all = [...(textsByDocument.get(document)?.tree.all() ?? [])];
      return all.flatMap((held) => (held.why === null ? [] : [{ batch: read(document, held), why: held.why }]));
    },
  });
}

function headerText(header: TextBatchHeader): HeaderText {
  const text = canonicalJson(header);
  return { text, hash: hashOf(text) };
}

function hashOf(header: string): Sha256Hex {
  return digest('sha256', TEXT_DOMAIN + header) as Sha256Hex;
}

function dataOf({ data }: SignedRow, updates: readonly UpdateRow[]): Uint8Array {
  return concatBytes(...(data === null ? updates.map((update) => update.data) : [data]));
}

/**
 * Whether a header is what was signed, and what the row repeats of it. Canonical JSON has its keys in the order of the alphabet, so that stands at its
 * beginning.
 */
function isHeaderOf({ document, author, n, hash, previous }: BatchRow, header: string): boolean {
  const repeated = canonicalJson({ author, document, n, previous });
  return header.startsWith(`${repeated.slice(0, -1)},"sha256":`) && hashOf(header) === hash;
}

function damagedBatch(db: Database, { idx }: BatchRow): DatabaseDamaged {
  return damaged(db.name, `Batch ${String(idx)} of table text_batch is not what was signed, or does not follow.`);
}
