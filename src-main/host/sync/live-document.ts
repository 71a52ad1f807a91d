import * as Y from 'yjs';
import { TEXT_FIELD, VARIANTS_FIELD } from '../../../shared/protocol/document-names.ts';
import type { DocumentStore } from '../../commands/ports.ts';
import { fitOf, type DecodedUpdate } from './update-check.ts';

/** The words of a document: the master or the notes, and a statement's variants by channel. */
export interface DocumentText {
  readonly text: string;
  readonly variants: Readonly<Record<string, string>>;
}

export type Taken =
  /** In memory, not yet stored. `news` are the updates to store and relay: none if everything was held already. */
  | { readonly type: 'Taken'; readonly news: readonly Uint8Array[] }
  | { readonly type: 'GapBefore' }
  /** Well formed, and still not to be applied; the document is as it was. */
  | { readonly type: 'Unfit' };

/**
 * One document in memory. Its invariants:
 *
 * 1. Between two turns it is exactly what is stored: `take` runs ahead of the store only until `stored` or `rollBack`
 *    of the same turn, and nobody is shown anything in between.
 * 2. It never holds pending parts: what does not fit is refused whole.
 */
export function createLiveDocument(name: string, store: DocumentStore) {
  let { doc, sinceCheckpoint } = read(name, store);
  let taken: Uint8Array[] = [];

  function take(data: Uint8Array, decoded: DecodedUpdate, via: 'step-2' | 'update'): Taken {
    const fit = fitOf(doc, decoded);
    if (fit.type === 'GapBefore') return fit;
    let news: readonly Uint8Array[];
    try {
      news = via === 'update' ? applyWhole(doc, data, fit.addsStructs) : applyForNews(doc, data);
    } catch {
      reread();
      return { type: 'Unfit' };
    }
    if (hasPending(doc)) {
      reread();
      return { type: 'GapBefore' };
    }
    taken.push(...news);
    return { type: 'Taken', news };
  }

  /** Back to what is stored, and on to what this turn had taken: a half-applied update leaves no other way. */
  function reread(): void {
    const fresh = read(name, store);
    for (const data of taken) Y.applyUpdate(fresh.doc, data);
    doc.destroy();
    ({ doc, sinceCheckpoint } = fresh);
  }

  return {
    name,
    store,
    /** For reading only; another one after a `rollBack`. */
    get doc(): Y.Doc {
      return doc;
    },
    take,
    /** Everything taken is on disk. */
    stored(): void {
      sinceCheckpoint += taken.length;
      taken = [];
    },
    /** Nothing taken since `stored` is kept. Throws if the store cannot be read: then the document must be closed. */
    rollBack(): void {
      taken = [];
      reread();
    },
    /** How many stored updates the newest checkpoint lacks. */
    get sinceCheckpoint(): number {
      return sinceCheckpoint;
    },
    writeCheckpoint(): void {
      store.putCheckpoint(name, Y.encodeStateAsUpdate(doc));
      sinceCheckpoint = 0;
    },
    text(): DocumentText {
      return textOf(doc);
    },
    destroy(): void {
      doc.destroy();
    },
  };
}

export type LiveDocument = ReturnType<typeof createLiveDocument>;

/**
 * Garbage collection stays on: the host's copy serves those who join, and they need no deleted words. What the replay
 * needs is in the stored updates, which are never compacted.
 */
function read(name: string, store: DocumentStore): { doc: Y.Doc; sinceCheckpoint: number } {
  const { checkpoint, updates } = store.load(name);
  const doc = new Y.Doc();
  doc.transact(() => {
    if (checkpoint !== null) Y.applyUpdate(doc, checkpoint);
    for (const update of updates) Y.applyUpdate(doc, update);
  });
  if (hasPending(doc)) throw new Error(`The stored updates of ${name} have a hole.`);
  return { doc, sinceCheckpoint: updates.length };
}

function hasPending(doc: Y.Doc): boolean {
  return doc.store.pendingStructs !== null || doc.store.pendingDs !== null;
}

/** An edit is stored and relayed as it came: encoding it anew would cost every keystroke for nothing. */
function applyWhole(doc: Y.Doc, data: Uint8Array, addsStructs: boolean): readonly Uint8Array[] {
  const deletes = doc.transact((transaction) => {
    Y.applyUpdate(doc, data);
    return transaction.deleteSet;
  });
  return addsStructs || deletes.clients.size > 0 ? [data] : [];
}

/** Whoever comes back repeats every deletion there is: only what is new of it goes into the history. */
function applyForNews(doc: Y.Doc, data: Uint8Array): readonly Uint8Array[] {
  const news: Uint8Array[] = [];
  const collect = (update: Uint8Array): void => void news.push(update);
  doc.on('update', collect);
  try {
    Y.applyUpdate(doc, data);
  } finally {
    doc.off('update', collect);
  }
  return news;
}

function textOf(doc: Y.Doc): DocumentText {
  const variants: Record<string, string> = {};
  for (const [channel, variant] of doc.getMap(VARIANTS_FIELD)) {
    if (variant instanceof Y.Text) variants[channel] = variant.toString();
  }
  return { text: doc.getText(TEXT_FIELD).toString(), variants };
}
