import * as Y from 'yjs';
import { instant, type Instant } from '../../../shared/base/ids.ts';
import type { DocumentOutline, DocumentSegment, DocumentStore } from '../../commands/ports.ts';
import { createDeletions, type DeletedRanges, type Deletions } from './deleted-ranges.ts';
import {
  encodeDeletions,
  encodeUpdate,
  structsSince,
  type ClientStructs,
  type StateVector,
} from './update-encoding.ts';

/** An update that no segment covers, as it is stored and as Yjs reads it. */
type TailUpdate = DocumentOutline['tail'][number] & ReturnType<typeof Y.decodeUpdate>;

export interface StretchLimits {
  readonly segmentUpdates: number;
  readonly segmentBytes: number;
}

/** Where the segment begins that is written next: the newest one, as long as it is small, grows. */
interface Growth {
  readonly number: number;
  readonly first: number;
  readonly start: StateVector;
  /** Every deletion from there on. */
  readonly deletions: Deletions;
}

/** How far the history goes. */
interface Extent {
  /** The number of the last update. */
  updates: number;
  /** The latest time of any of them: one that came from another host may be older than those before it. */
  at: Instant;
  historyBytes: number;
}

/**
 * What is stored of a document, as far as it takes to serve it: the segments, and the updates after them.
 *
 * A segment holds what one stretch of the history added. So writing one costs as much as the stretch is long, however
 * long the document has become, and in their order each builds only on what came before it.
 */
export function createHistoryStretch(name: string, store: DocumentStore, limits: StretchLimits) {
  const outline = store.outline(name);
  let { newest } = outline;
  let tail: readonly TailUpdate[] = outline.tail.map((row) => ({ ...row, ...Y.decodeUpdate(row.data) }));
  const reached = reachedBy(newest?.stateVector, tail);
  /** Up to where `growth` knows the deletions: behind the tail as it was read once everything has been. */
  let known: Extent = {
    updates: newest?.through ?? 0,
    at: newest?.at ?? instant(0),
    historyBytes: newest?.historyBytes ?? 0,
  };
  let units = [...reached.values()].reduce((sum, clock) => sum + clock, 0);
  let growth: Growth | null = null;
  let restCache: Uint8Array | null = null;

  function growing(): Growth {
    growth ??= beginGrowth();
    return growth;
  }

  function beginGrowth(): Growth {
    const deletions = createDeletions();
    const grown = newest && newest.through - newest.first + 1 < limits.segmentUpdates ? newest : null;
    const data = grown && segmentData(grown.number);
    if (grown === null || data === null || data.length >= limits.segmentBytes) {
      const [number, first] = newest === null ? [0, 1] : [newest.number + 1, newest.through + 1];
      return { number, first, start: stateVectorOf(newest?.stateVector), deletions };
    }
    const { structs, ds } = Y.decodeUpdate(data);
    const start = new Map(stateVectorOf(grown.stateVector));
    for (const { id } of structs.toReversed()) start.set(id.client, id.clock);
    deletions.add(ds.clients);
    return { number: grown.number, first: grown.first, start, deletions };
  }

  function further(bytes: number, at: Instant): Extent {
    const latest = at > known.at ? at : known.at;
    return { updates: known.updates + 1, at: latest, historyBytes: known.historyBytes + bytes };
  }

  /** Lets the growth know what the next `count` updates of the tail deleted. */
  function learn(count: number): void {
    const { deletions } = growing();
    const from = known.updates - (newest?.through ?? 0);
    for (const { at, data, ds } of tail.slice(from, from + count)) {
      deletions.add(ds.clients);
      known = further(data.length, at);
    }
  }

  function isFull(): boolean {
    const { first } = growing();
    const bytes = known.historyBytes - (newest?.historyBytes ?? 0);
    return known.updates - first + 1 >= limits.segmentUpdates || bytes >= limits.segmentBytes;
  }

  function encodeSince(doc: Y.Doc, start: StateVector): Uint8Array {
    return encodeUpdate(structsSince(doc, start), encodeDeletions(growing().deletions.sorted()));
  }

  /** `doc` holds just what the updates up to `known` add up to. */
  function write(doc: Y.Doc): void {
    const { number, first, start } = growing();
    const data = encodeSince(doc, start);
    const { updates: through, at, historyBytes } = known;
    const segment: DocumentSegment = {
      number,
      first,
      through,
      at,
      stateVector: Y.encodeStateVector(doc),
      historyBytes,
      data,
    };
    store.putSegment(name, segment);
    tail = tail.slice(through - (newest?.through ?? 0));
    newest = segment;
    restCache = null;
    if (through - first + 1 < limits.segmentUpdates && data.length < limits.segmentBytes) return;
    const next = { number: number + 1, first: through + 1, start: stateVectorOf(segment.stateVector) };
    growth = { ...next, deletions: createDeletions() };
  }

  function segmentData(number: number): Uint8Array {
    const data = store.segment(name, number);
    if (data === null) throw new Error(`Segment ${String(number)} of ${name} is missing.`);
    return data;
  }

  return {
    bindings: outline.bindings,
    segmentData,
    newest: (): { readonly number: number; readonly through: number } | null => newest,
    /** The updates after the newest segment, as they were read; none of those that came since. */
    tail: (): readonly TailUpdate[] => tail,
    /** What was stored when it was read. */
    stateVector: (): StateVector => reached,
    size: () => ({ units, historyBytes: known.historyBytes }),
    /** `doc` has read the next `count` updates of the tail. A long tail becomes segments on the way. */
    loaded(doc: Y.Doc, count: number): void {
      learn(count);
      if (isFull()) write(doc);
    },
    /** An update was taken, to be stored in this turn. */
    took(bytes: number, added: number, deleted: DeletedRanges, at: Instant): void {
      growing().deletions.add(deleted);
      known = further(bytes, at);
      units += added;
      restCache = null;
    },
    isUncovered: (): boolean => known.updates > (newest?.through ?? 0),
    isFull,
    /**
     * Everything after the newest segment as one update. From `doc`, where it is in memory; without it from the updates
     * themselves, or null where those do not just follow each other, as some did before client ids had owners.
     */
    rest(doc: Y.Doc | null): Uint8Array | null {
      restCache ??=
        doc === null ? mergedTail(newest?.stateVector, tail) : encodeSince(doc, stateVectorOf(newest?.stateVector));
      return restCache;
    },
    /** Writes the next segment from `doc`, which holds just what is stored. */
    write,
  };
}

export type HistoryStretch = ReturnType<typeof createHistoryStretch>;

/** Yjs' own merge of `n` updates takes n² steps. These follow each other, so their parts need only be put in a row. */
function mergedTail(newest: Uint8Array | undefined, tail: readonly TailUpdate[]): Uint8Array | null {
  const reached = new Map(stateVectorOf(newest));
  const structsByClient = new Map<number, ClientStructs & { structs: ClientStructs['structs'][number][] }>();
  const deletions = createDeletions();
  for (const { structs, ds } of tail) {
    for (const struct of structs) {
      const { client: clientId, clock } = struct.id;
      if (clock !== (reached.get(clientId) ?? 0) || struct instanceof Y.Skip) return null;
      reached.set(clientId, clock + struct.length);
      const known = structsByClient.get(clientId);
      if (known === undefined) structsByClient.set(clientId, { clientId, clock, structs: [struct] });
      else known.structs.push(struct);
    }
    deletions.add(ds.clients);
  }
  return encodeUpdate([...structsByClient.values()], encodeDeletions(deletions.sorted()));
}

function stateVectorOf(encoded: Uint8Array | undefined): StateVector {
  return encoded === undefined ? new Map() : Y.decodeStateVector(encoded);
}

/** Up to which clock of each client the newest segment and the updates after it go. */
function reachedBy(newest: Uint8Array | undefined, tail: readonly TailUpdate[]): StateVector {
  const reached = new Map(stateVectorOf(newest));
  for (const { id, length } of tail.flatMap(({ structs }) => structs)) {
    reached.set(id.client, Math.max(reached.get(id.client) ?? 0, id.clock + length));
  }
  return reached;
}
