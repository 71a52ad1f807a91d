import type { Sha256Hex } from '../../shared/base/ids.ts';
import { invariant } from '../../shared/base/invariant.ts';
import {
  MOST_BATCH_BYTES,
  MOST_BATCH_UPDATES,
  signTextBatch,
  textBatchHash,
  textHeadOf,
  updatesOf,
  type TextBatch,
} from '../../shared/log/text-batch.ts';
import type { BatchStanding, StoredUpdate, TextLog, TextRefusal } from '../../src-main/commands/ports.ts';
import { createBatchTree, type BatchTree, type PlacedBatch } from '../../src-main/store/batch-trees.ts';
import type { MemoryDocumentStore } from './memory-document-store.ts';

interface Held extends PlacedBatch {
  readonly batch: TextBatch;
  readonly state: BatchStanding;
  readonly why: TextRefusal | null;
}

/** The texts of a document store that lives as long as the test. They are signed and ordered as the stored ones are. */
export function createMemoryTextLog(store: MemoryDocumentStore): TextLog {
  const trees = new Map<string, BatchTree<Held>>();
  const signedThrough = new Map<string, number>();

  function treeOf(document: string): BatchTree<Held> {
    const tree = trees.get(document) ?? createBatchTree<Held>();
    trees.set(document, tree);
    return tree;
  }

  function heldOf(batch: TextBatch, state: BatchStanding, why: TextRefusal | null = null): Held {
    const { author, n, previous } = batch.header;
    return { batch: copyOf(batch), state, why, author, n, previous, hash: textBatchHash(batch.header) };
  }

  return {
    documents() {
      const refusedOnly = [...trees].flatMap(([document, tree]) => (tree.tips().length > 0 ? [document] : []));
      return [...new Set([...store.documents(), ...refusedOnly])].sort();
    },
    tips: (document) => trees.get(document)?.tips() ?? [],
    standing: (document, hash: Sha256Hex) => trees.get(document)?.get(hash)?.state ?? null,
    follows: (header) => treeOf(header.document).fits(header),
    seal(document, signer, workspace, limit = Infinity) {
      if (store.failAppend !== null) throw store.failAppend;
      const tree = treeOf(document);
      const rows = store.history(document);
      const sealed: TextBatch[] = [];
      let done = signedThrough.get(document) ?? 0;
      while (sealed.length < limit) {
        const { group, through } = nextGroup(rows, done);
        done = through;
        if (group.length === 0) break;
        const placed = tree.headOf(signer.publicKey);
        const batch = signTextBatch(signer, { workspace, document, head: placed && textHeadOf(placed.batch) }, group);
        tree.add(heldOf(batch, 'signed'));
        sealed.push(batch);
      }
      signedThrough.set(document, done);
      return sealed;
    },
    lacking: (document, tips, limit) => (trees.get(document)?.lacking(tips, limit) ?? []).map(({ batch }) => batch),
    receive(batch, bindings) {
      const { document, author } = batch.header;
      const tree = treeOf(document);
      const known = tree.get(textBatchHash(batch.header));
      invariant(known ? known.state === 'refused' : tree.fits(batch.header), 'a batch is taken once, and in its place');
      store.appendOf(
        author,
        updatesOf(batch).map((update) => ({ ...update, document })),
        bindings,
      );
      if (known === null) tree.add(heldOf(batch, 'taken'));
      else tree.replace(heldOf(batch, 'taken'));
    },
    refuse(batch, why) {
      if (store.failAppend !== null) throw store.failAppend;
      const tree = treeOf(batch.header.document);
      if (tree.get(textBatchHash(batch.header)) !== null) return;
      invariant(tree.fits(batch.header), 'a batch is kept in its place');
      tree.add(heldOf(batch, 'refused', why));
    },
    refused: (document) =>
      [...(trees.get(document)?.all() ?? [])].flatMap(({ batch, why }) => (why === null ? [] : [{ batch, why }])),
  };
}

/** The next updates that no batch of this host holds, as far as they make one batch; and the last row looked at. */
function nextGroup(rows: readonly StoredUpdate[], after: number) {
  const group: StoredUpdate[] = [];
  let [bytes, through] = [0, after];
  for (const row of rows.slice(after)) {
    if (row.host === null) {
      const isFull = group.length === MOST_BATCH_UPDATES || bytes + row.data.length > MOST_BATCH_BYTES;
      if (group.length > 0 && isFull) break;
      group.push(row);
      bytes += row.data.length;
    }
    through += 1;
  }
  return { group, through };
}

function copyOf({ header, signature, data }: TextBatch): TextBatch {
  return { header: structuredClone(header), signature, data: Uint8Array.from(data) };
}
