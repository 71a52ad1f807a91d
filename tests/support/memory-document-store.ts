import type { PublicKeyHex } from '../../shared/base/ids.ts';
import type {
  ClientBinding,
  DocumentSegment,
  DocumentStore,
  DocumentUpdate,
  StoredUpdate,
} from '../../src-main/commands/ports.ts';

export interface MemoryDocumentStore extends DocumentStore {
  /** While set, `append` throws it and keeps nothing, as a full disk does. */
  failAppend: Error | null;
  /** While set, reading throws it, as a damaged disk does. */
  failLoad: Error | null;
  /** As `append`, of what another host signed. Returns the numbers of the first and the last update. */
  appendOf(
    host: PublicKeyHex,
    updates: readonly DocumentUpdate[],
    bindings: readonly ClientBinding[],
  ): { readonly first: number; readonly through: number };
  /** Every document of which there is an update, sorted. */
  documents(): readonly string[];
}

export function createMemoryDocumentStore(): MemoryDocumentStore {
  const rowsByDocument = new Map<string, StoredUpdate[]>();
  const bindings: ClientBinding[] = [];
  const segmentsByDocument = new Map<string, DocumentSegment[]>();
  const historyOf = (document: string): readonly StoredUpdate[] => rowsByDocument.get(document) ?? [];
  const segmentsOf = (document: string): readonly DocumentSegment[] => segmentsByDocument.get(document) ?? [];

  function keep(host: PublicKeyHex | null, updates: readonly DocumentUpdate[]): void {
    for (const update of updates) {
      const row = { ...update, host, data: Uint8Array.from(update.data) };
      const rows = rowsByDocument.get(update.document);
      if (rows === undefined) rowsByDocument.set(update.document, [row]);
      else rows.push(row);
    }
  }

  function bind(added: readonly ClientBinding[]): void {
    for (const binding of added) {
      const isSame = (other: ClientBinding): boolean =>
        other.document === binding.document && other.clientId === binding.clientId;
      if (!bindings.some(isSame)) bindings.push(binding);
    }
  }

  return {
    failAppend: null,
    failLoad: null,
    append(batch) {
      if (this.failAppend !== null) throw this.failAppend;
      keep(null, batch.updates);
      bind(batch.bindings);
    },
    appendOf(host, updates, added) {
      if (this.failAppend !== null) throw this.failAppend;
      const first = historyOf(updates[0]?.document ?? '').length + 1;
      keep(host, updates);
      bind(added);
      return { first, through: first + updates.length - 1 };
    },
    documents: () => [...rowsByDocument.keys()].sort(),
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
    history: (document) => [...historyOf(document)],
    stateAt(document, at) {
      const segments = segmentsOf(document);
      const later = segments.findIndex((segment) => segment.at > at);
      const covered = later < 0 ? segments : segments.slice(0, later);
      const rest = historyOf(document).slice(covered.at(-1)?.through ?? 0);
      return [...covered, ...rest.filter((row) => row.at <= at)].map(({ data }) => data);
    },
  };
}

function withoutData({ data: _, ...segment }: DocumentSegment): Omit<DocumentSegment, 'data'> {
  return segment;
}
