import type { DocumentStore, DocumentUpdate } from '../../src-main/commands/ports.ts';

export interface MemoryDocumentStore extends DocumentStore {
  /** While set, `append` throws it and keeps nothing, as a full disk does. */
  failAppend: Error | null;
  /** While set, `load` throws it, as a damaged disk does. */
  failLoad: Error | null;
}

export function createMemoryDocumentStore(): MemoryDocumentStore {
  const rows: DocumentUpdate[] = [];
  const checkpoints = new Map<string, { readonly after: number; readonly state: Uint8Array }>();
  const historyOf = (document: string): DocumentUpdate[] => rows.filter((row) => row.document === document);

  return {
    failAppend: null,
    failLoad: null,
    append(updates) {
      if (this.failAppend !== null) throw this.failAppend;
      rows.push(...updates.map((update) => ({ ...update, data: Uint8Array.from(update.data) })));
    },
    load(document) {
      if (this.failLoad !== null) throw this.failLoad;
      const checkpoint = checkpoints.get(document);
      return {
        checkpoint: checkpoint?.state ?? null,
        updates: historyOf(document)
          .slice(checkpoint?.after ?? 0)
          .map((row) => row.data),
      };
    },
    putCheckpoint(document, state) {
      checkpoints.set(document, { after: historyOf(document).length, state: Uint8Array.from(state) });
    },
    history: historyOf,
  };
}
