import * as Y from 'yjs';
import type { DeviceId, Instant } from '../../../shared/base/ids.ts';
import { invariant } from '../../../shared/base/invariant.ts';
import { TEXT_FIELD, VARIANTS_FIELD } from '../../../shared/protocol/document-names.ts';
import type { DocumentStore } from '../../commands/ports.ts';
import { createClientOwners, type Claim, type ClientOwners, type Owner } from './client-owners.ts';
import { conflictSteps, MOST_CONFLICT_STEPS } from './conflict-cost.ts';
import { contradicts } from './contradiction.ts';
import { isAllOf, newDeletions, type DeletedRanges } from './deleted-ranges.ts';
import { createHistoryStretch, type HistoryStretch, type StretchLimits } from './history-stretch.ts';
import { isWellPlaced } from './placement.ts';
import type { SyncLimits } from './sync-socket.ts';
import { encodeDeletions, encodeUpdate, structsSince, type ClientStructs } from './update-encoding.ts';
import { decodeUpdate, fitOf, type Added, type DecodedUpdate } from './update-check.ts';

/** The words of a document: the master or the notes, and a statement's variants by channel. */
export interface DocumentText {
  readonly text: string;
  readonly variants: Readonly<Record<string, string>>;
}

export type DocumentLimits = StretchLimits &
  Pick<SyncLimits, 'newClientIdsPerHour' | 'documentUnits' | 'documentBytes'>;

/** An update as its sender sent it. */
export interface Offered {
  readonly data: Uint8Array;
  readonly decoded: DecodedUpdate;
  readonly deviceId: DeviceId;
}

export type Taken =
  /** In memory, not yet stored. */
  | {
      readonly type: 'Taken';
      /** What to store and relay; null if everything was held already. `data` itself where all of it was new. */
      readonly news: Uint8Array | null;
      /** Client ids that are the sender's from now on. */
      readonly owners: readonly Owner[];
      /** What it cost beyond its parts: items that were looked at to find its places. */
      readonly steps: number;
      /** Units in use that it took away, and how many there were: 0 of 0 where nothing was deleted. */
      readonly deleted: number;
      readonly held: number;
    }
  | { readonly type: 'GapBefore' }
  /** Written under a client id of another device, or other than it is held. */
  | { readonly type: 'NotYours'; readonly why: 'foreign client id' | 'contradiction' | 'too many client ids' }
  | { readonly type: 'Full' }
  /** Finding the places of what is in it would take too long. */
  | { readonly type: 'TooCostly' }
  /** Well formed, and still not to be applied. The document must be read anew before it takes anything else. */
  | { readonly type: 'Unfit' };

/** What is known before anything of it is applied. */
export type Foreseen =
  | { readonly type: 'Fits' }
  /** Something that it builds on is not held. */
  | { readonly type: 'GapBefore'; readonly missing: Y.ID }
  | { readonly type: 'NotYours' };

/** How far reading has come. What it began with is kept: segments are written on the way. */
interface Loading {
  readonly doc: Y.Doc;
  readonly segments: number;
  segmentsRead: number;
  readonly tail: ReturnType<HistoryStretch['tail']>;
  tailRead: number;
}

/**
 * One document. It is served from its stored segments until somebody edits it, and read into memory then, a slice at a
 * time. Its invariants:
 *
 * 1. Between two turns, what is in memory is exactly what is stored: `take` runs ahead of the store only until
 *    the commit or the `forget` of the same turn, and nobody is shown anything in between.
 * 2. It never holds pending parts: what does not fit is refused whole.
 * 3. Nothing is extended but by the device that owns its client id.
 */
export function createLiveDocument(name: string, store: DocumentStore, limits: DocumentLimits) {
  let stretch: HistoryStretch = openStretch();
  let owners: ClientOwners = createClientOwners(stretch.bindings, limits.newClientIdsPerHour);
  /** Null until it has been read; `loading` is how far that has come. */
  let doc: Y.Doc | null = null;
  let loading: Loading | null = null;
  /** Every deletion there is, encoded: it takes a walk over the whole document, and changes less often than it is asked for. */
  let deletions: Uint8Array | null = null;

  function openStretch(): HistoryStretch {
    return createHistoryStretch(name, store, limits);
  }

  /** Reads the next slice; true when there is nothing left to read. Throws when it cannot be read. */
  function loadSome(): boolean {
    if (doc !== null) return true;
    const segments = (stretch.newest()?.number ?? -1) + 1;
    loading ??= { doc: emptyDoc(), segments, segmentsRead: 0, tail: stretch.tail(), tailRead: 0 };
    const { doc: reading } = loading;
    if (loading.segmentsRead < loading.segments) {
      Y.applyUpdate(reading, stretch.segmentData(loading.segmentsRead));
      loading.segmentsRead += 1;
    } else {
      const slice = loading.tail.slice(loading.tailRead, loading.tailRead + TAIL_SLICE);
      reading.transact(() => slice.forEach(({ data }) => Y.applyUpdate(reading, data)));
      loading.tailRead += slice.length;
      learnSlice(reading, slice.length);
    }
    if (hasPending(reading)) throw new Error(`The stored updates of ${name} have a hole.`);
    if (loading.segmentsRead < loading.segments || loading.tailRead < loading.tail.length) return false;
    doc = reading;
    loading = null;
    return true;
  }

  function learnSlice(reading: Y.Doc, count: number): void {
    try {
      stretch.loaded(reading, count);
    } catch {
      // A segment could not be written: a full disk must not keep anybody from reading. A later one covers it.
    }
  }

  function loadAll(): Y.Doc {
    while (!loadSome());
    invariant(doc, 'a document that was read is there');
    return doc;
  }

  /**
   * Nothing in memory counts any more: the next use reads what is stored. Throws when that cannot be read; then the
   * document must be closed.
   */
  function forget(): void {
    doc?.destroy();
    loading?.doc.destroy();
    doc = loading = deletions = null;
    stretch = openStretch();
    owners = createClientOwners(stretch.bindings, limits.newClientIdsPerHour);
  }

  function judgeClaim(deviceId: DeviceId, clientIds: Iterable<number>, at: Instant, most?: number): Claim {
    const held = doc;
    const isHeld = (clientId: number): boolean =>
      (held === null ? (stretch.stateVector().get(clientId) ?? 0) : Y.getState(held.store, clientId)) > 0;
    return owners.claim(deviceId, clientIds, at, isHeld, most);
  }

  /** Of one client id, for those who show it before they write. */
  function claim(deviceId: DeviceId, clientId: number, at: Instant): Claim {
    const claimed = judgeClaim(deviceId, [clientId], at);
    if (claimed.type === 'Owned') owners.add(claimed.fresh);
    return claimed;
  }

  /**
   * Whether several updates of other hosts fit, one after the other, as far as can be told without applying them: what
   * has been applied and does not fit costs a reading of the whole document.
   */
  function foresee(updates: readonly Offered[], at: Instant): Foreseen {
    const live = loadAll();
    const ends = new Map<number, number>();
    const devices = new Map<number, DeviceId>();
    const heldOf = (client: number): number => ends.get(client) ?? Y.getState(live.store, client);
    const isOwn = (deviceId: DeviceId, client: number): boolean => {
      const device = devices.get(client);
      if (device !== undefined) return device === deviceId;
      devices.set(client, deviceId);
      return judgeClaim(deviceId, [client], at, Infinity).type === 'Owned';
    };
    for (const { decoded, deviceId } of updates) {
      const fit = fitOf(live, decoded, heldOf);
      if (fit.type === 'GapBefore') return fit;
      if (![...fit.added.keys()].every((client) => isOwn(deviceId, client))) return { type: 'NotYours' };
      if (fit.repeats && contradicts(live, decoded)) return { type: 'NotYours' };
      for (const [client, { to }] of fit.added) ends.set(client, to);
    }
    return { type: 'Fits' };
  }

  /**
   * `signed` is an update that another host took in and signed: its history is kept just as it was signed, also what was
   * held of it, and how many client ids somebody begins was that host's business.
   */
  function take(offered: Offered, at: Instant, as: 'sent' | 'signed' = 'sent'): Taken {
    const live = loadAll();
    const { decoded, data } = offered;
    const fit = fitOf(live, decoded);
    if (fit.type === 'GapBefore') return { type: 'GapBefore' };
    const claimed = judgeClaim(offered.deviceId, fit.added.keys(), at, as === 'signed' ? Infinity : undefined);
    if (claimed.type === 'TooManyNew') return { type: 'NotYours', why: 'too many client ids' };
    if (claimed.type === 'Foreign') return { type: 'NotYours', why: 'foreign client id' };
    if (fit.repeats && contradicts(live, decoded)) return { type: 'NotYours', why: 'contradiction' };
    const { ranges, units: deleted } = newDeletions(live, decoded.ds);
    const nothing = fit.added.size === 0 && ranges.size === 0;
    const isWhole = !fit.repeats && isAllOf(ranges, decoded.ds);
    const news = nothing
      ? null
      : isWhole
        ? data
        : encodeUpdate(newStructs(decoded, fit.added), encodeDeletions(ranges));
    const stored = as === 'signed' ? data.length : (news?.length ?? 0);
    // Deletions that take something away come to an end by themselves.
    if ((fit.added.size > 0 || nothing) && stored > 0 && !hasRoomFor(fit.added, stored)) return { type: 'Full' };
    if (news === null) {
      if (stored > 0) stretch.took(stored, 0, NO_RANGES, at);
      return { type: 'Taken', news, owners: [], steps: 0, deleted: 0, held: 0 };
    }
    // What is new of a part that is held to its half has neighbours of its own.
    const told = isWhole ? decoded : decodeUpdate(news);
    if (told === null) return { type: 'NotYours', why: 'contradiction' };
    const steps = conflictSteps(live, told, fit.added, MOST_CONFLICT_STEPS);
    if (steps > MOST_CONFLICT_STEPS) return { type: 'TooCostly' };
    owners.add(claimed.fresh);
    const held = deleted === 0 ? 0 : lengthOf(live);
    try {
      // Before Yjs forgets what it deletes on the way: neighbours that are gone tell nothing.
      const isFit = live.transact(() => {
        Y.applyUpdate(live, news);
        return !hasPending(live) && isWellPlaced(live, told, fit.added);
      });
      if (!isFit) return { type: 'Unfit' };
    } catch {
      return { type: 'Unfit' };
    }
    if (ranges.size > 0) deletions = null;
    stretch.took(stored, addedUnits(fit.added), ranges, at);
    return { type: 'Taken', news, owners: claimed.fresh, steps, deleted, held };
  }

  function hasRoomFor(added: ReadonlyMap<number, Added>, bytes: number): boolean {
    const { units, historyBytes } = stretch.size();
    return units + addedUnits(added) <= limits.documentUnits && historyBytes + bytes <= limits.documentBytes;
  }

  return {
    name,
    store,
    isLoaded: () => doc !== null,
    loadSome,
    loadAll,
    forget,
    claim,
    foresee,
    take,
    /**
     * Runs `takeAll`, which takes several updates, and returns them as one, to be relayed in their place. Null if
     * nothing came of them. To be thrown away if one of them was unfit.
     */
    together(takeAll: () => void): Uint8Array | null {
      const live = loadAll();
      const updates: Uint8Array[] = [];
      const collect = (update: Uint8Array): void => void updates.push(update);
      live.on('update', collect);
      try {
        live.transact(takeAll);
      } finally {
        live.off('update', collect);
      }
      return updates.length > 1 ? Y.mergeUpdates(updates) : (updates[0] ?? null);
    },
    /** What was claimed could not be stored, and is nobody's again. */
    disown: (claimed: readonly Owner[]) => owners.remove(claimed),
    stateVector(): Uint8Array {
      return doc === null ? Y.encodeStateVector(new Map(stretch.stateVector())) : Y.encodeStateVector(doc);
    },
    /**
     * Everything beyond a state vector, as an update: with every deletion there is, because a state vector does not tell
     * which of them the other side lacks, or with none, for a side that is known to hold them.
     */
    missing(
      since: ReadonlyMap<number, number>,
      which: 'with-deletions' | 'structs-only' = 'with-deletions',
    ): Uint8Array {
      const live = loadAll();
      if (which === 'structs-only') return encodeUpdate(structsSince(live, since), NO_DELETIONS);
      deletions ??= encodeDeletions(Y.createDeleteSetFromStructStore(live.store).clients);
      return encodeUpdate(structsSince(live, since), deletions);
    },
    /** For those who hold nothing yet: the segments in order and then `rest`, which needs no document in memory. */
    newestSegment: () => stretch.newest(),
    segmentData: (number: number) => stretch.segmentData(number),
    rest(): Uint8Array {
      const rest = stretch.rest(doc) ?? stretch.rest(loadAll());
      invariant(rest, 'a document in memory can be written');
      return rest;
    },
    /** Whether enough has come together for the next segment. */
    isSegmentDue: () => doc !== null && stretch.isFull(),
    /** Writes what no segment covers yet as one, if there is any. */
    writeSegment(): void {
      if (doc !== null && stretch.isUncovered()) stretch.write(doc);
    },
    text(): DocumentText {
      return textOf(loadAll());
    },
    destroy(): void {
      doc?.destroy();
      loading?.doc.destroy();
    },
  };
}

export type LiveDocument = ReturnType<typeof createLiveDocument>;

const NO_DELETIONS = Uint8Array.of(0);
const NO_RANGES: DeletedRanges = new Map();

/** Updates that are read in one go where no segment covers them. */
const TAIL_SLICE = 256;

/**
 * Yjs tidies up the format marks of a text after an edit that came from elsewhere, by edits of its own. Each page does so
 * for itself; the host holds what it has stored and nothing else.
 */
function emptyDoc(): Y.Doc {
  const doc = new Y.Doc();
  doc.on('afterTransaction', (transaction) => (transaction._needFormattingCleanup = false));
  return doc;
}

function hasPending(doc: Y.Doc): boolean {
  return doc.store.pendingStructs !== null || doc.store.pendingDs !== null;
}

/** Of each client only what is beyond what is held, the first struct perhaps in part. */
function newStructs({ structs }: DecodedUpdate, added: ReadonlyMap<number, Added>): readonly ClientStructs[] {
  return [...added].map(([clientId, { from, to }]) => ({
    clientId,
    clock: from,
    structs: structs.filter(({ id, length }) => id.client === clientId && id.clock + length > from && id.clock < to),
  }));
}

function addedUnits(added: ReadonlyMap<number, Added>): number {
  let units = 0;
  for (const { from, to } of added.values()) units += to - from;
  return units;
}

function lengthOf(doc: Y.Doc): number {
  let length = doc.getText(TEXT_FIELD).length;
  for (const variant of doc.getMap(VARIANTS_FIELD).values()) if (variant instanceof Y.Text) length += variant.length;
  return length;
}

export function textOf(doc: Y.Doc): DocumentText {
  const variants: Record<string, string> = {};
  for (const [channel, variant] of doc.getMap(VARIANTS_FIELD)) {
    if (variant instanceof Y.Text) variants[channel] = variant.toString();
  }
  return { text: doc.getText(TEXT_FIELD).toString(), variants };
}
