import type { ClientBinding, DocumentSegment, DocumentStore, DocumentUpdate } from '../../src-main/commands/ports.ts';

export interface MemoryDocumentStore extends DocumentStore {
  /** While set, `append` throws it and keeps nothing, as a full disk does. */
  failAppend: Error | null;
  /** While set, reading throws it, as a damaged disk does. */
  failLoad: Error | null;
}

export function createMemoryDocumentStore(): MemoryDocumentStore {
  const rows: DocumentUpdate[] = [];
  const bindings: ClientBinding[] = [];
  const segmentsByDocument = new Map<string, DocumentSegment[]>();
  const historyOf = (document: string): DocumentUpdate[] => rows.filter((row) => row.document === document);
  const segmentsOf = (document: string): readonly DocumentSegment[] => segmentsByDocument.get(document) ?? [];

  return {
    failAppend: null,
    failLoad: null,
    append(batch) {
      if (this.failAppend !== null) throw this.failAppend;
      rows.push(...batch.updates.map((update) => ({ ...update, data: Uint8Array.from(update.data) })));
      for (const binding of batch.bindings) {
        const isSame = (other: ClientBinding): boolean =>
          other.document === binding.document && other.clientId === binding.clientId;
        if (!bindings.some(isSame)) bindings.push(binding);
      }
    },
    outline(document) {
      if (this.failLoad !== null) throw this.failLoad;
      const newest = segmentsOf(document).at(-1);
      return {
        newest: newest === undefined ? null : withoutData(newest),
        tail: historyOf(document)
          .slice(newest?.through ?? 0)
          .map(({ at, data }) => ({ at, data })),
        bindings: bindings
          .filter((binding) => binding.document === document)
          .map(({ clientId, deviceId, at }) => ({ clientId, deviceId, at })),
      };
    },
    segment(document, number) {
      if (this.failLoad !== null) throw this.failLoad;
      return segmentsOf(document)[number]?.data ?? null;
    },
    putSegment(document, segment) {
      const segments = [...segmentsOf(document)];
      segments[segment.number] = { ...segment, data: Uint8Array.from(segment.data) };
      segmentsByDocument.set(document, segments);
    },
    history: historyOf,
    stateAt(document, at) {
      const segments = segmentsOf(document);
      const later = segments.findIndex((segment) => segment.at > at);
      const covered = later < 0 ? segments : segments.slice(0, later);
      const history = historyOf(document);
      const end = history.findLastIndex((row) => row.at <= at) + 1;
      const rest = history.slice(covered.at(-1)?.through ?? 0, end);
      return [...covered, ...rest].map(({ data }) => data);
    },
  };
}

function withoutData({ data: _, ...segment }: DocumentSegment): Omit<DocumentSegment, 'data'> {
  return segment;
}
