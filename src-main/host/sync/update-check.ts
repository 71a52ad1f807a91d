import * as decoding from 'lib0/decoding';
import * as Y from 'yjs';
import { newDeletions } from './deleted-ranges.ts';

export type DecodedUpdate = ReturnType<typeof Y.decodeUpdate> & {
  /** Structs and deleted ranges: what it costs to take it in. */
  readonly parts: number;
};

/** Structs and deleted ranges in one update. An hour of typing apart has some hundreds, a pasted book has one. */
export const MOST_PARTS = 100_000;

/** Client ids in one update: whoever comes back brings their own and those of their other pages. */
const MOST_CLIENTS = 1000;

/**
 * Lets us see how far Yjs has read, and stops it when it has read enough: a few bytes can announce millions of parts.
 * It also refuses a client that comes twice: Yjs keeps only what it says last, so such an update would be read
 * differently by its readers. Decoding is synchronous, so one place for it is enough.
 */
class WatchedDecoder extends Y.UpdateDecoderV1 {
  static last: WatchedDecoder | null = null;
  readonly #clients = new Set<number>();
  parts = 0;

  constructor(decoder: decoding.Decoder) {
    super(decoder);
    WatchedDecoder.last = this;
  }

  override readClient(): number {
    const client = super.readClient();
    if (this.#clients.has(client)) throw new RangeError('a client comes twice');
    if (this.#clients.add(client).size > MOST_CLIENTS) throw new RangeError('too many clients');
    return client;
  }

  override readInfo(): number {
    this.#count();
    return super.readInfo();
  }

  override readDsLen(): number {
    this.#count();
    return super.readDsLen();
  }

  #count(): void {
    this.parts += 1;
    if (this.parts > MOST_PARTS) throw new RangeError('too many parts');
  }
}

/** Decodes a Yjs update of format V1. Null if it is none, or holds what no client of ours may write. */
export function decodeUpdate(data: Uint8Array): DecodedUpdate | null {
  try {
    const decoded = Y.decodeUpdateV2(data, WatchedDecoder);
    const watched = WatchedDecoder.last;
    // Yjs leaves what stands behind an update unread. An update of format V2 looks like an empty one of V1 that way,
    // and its words would be lost without a sound.
    if (watched === null || decoding.hasContent(watched.restDecoder)) return null;
    const isSound = decoded.structs.every(isSoundStruct) && hasSoundDeletes(decoded);
    return isSound ? { ...decoded, parts: watched.parts } : null;
  } catch {
    return null;
  }
}

/** Yjs takes structs of no length, and breaks on them later. A subdocument would be one that nobody may find. */
function isSoundStruct(struct: DecodedUpdate['structs'][number]): boolean {
  if (!(struct.length > 0) || !Number.isSafeInteger(struct.id.clock + struct.length)) return false;
  return !(struct instanceof Y.Item) || (!(struct.content instanceof Y.ContentDoc) && hasFlatContent(struct.content));
}

/** Values in values in a shared type. Nobody needs as many, and JSON breaks off at a few thousand, in every page. */
const DEEPEST = 100;

function hasFlatContent(content: Y.Item['content']): boolean {
  if (content instanceof Y.ContentAny || content instanceof Y.ContentJSON) return isFlat(content.arr, DEEPEST);
  if (content instanceof Y.ContentEmbed) return isFlat(content.embed, DEEPEST);
  if (content instanceof Y.ContentFormat) return isFlat(content.value, DEEPEST);
  return true;
}

function isFlat(value: unknown, deepest: number): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return true;
  return deepest > 0 && Object.values(value).every((inner) => isFlat(inner, deepest - 1));
}

/** Ranges ascending and apart, as every encoder writes them: overlapping ones would let 4 MiB walk a document a million times. */
function hasSoundDeletes({ ds }: Pick<DecodedUpdate, 'ds'>): boolean {
  for (const ranges of ds.clients.values()) {
    let end = 0;
    for (const { clock, len } of ranges) {
      if (!(len > 0) || clock < end) return false;
      end = clock + len;
      if (!Number.isSafeInteger(end)) return false;
    }
  }
  return true;
}

/** Clocks that an update adds to a client's: from what is held (`from`) up to `to`. */
export interface Added {
  readonly from: number;
  readonly to: number;
}

export type Fit =
  /** It builds on nothing that the document lacks. */
  | {
      readonly type: 'Fits';
      readonly added: ReadonlyMap<number, Added>;
      /** Whether some of its structs are held already. */
      readonly repeats: boolean;
    }
  /** Yjs would keep it aside for ever, or until somebody sends what is missing: a hole. */
  | { readonly type: 'GapBefore'; readonly missing: Y.ID };

/**
 * Whether the document holds everything that the update builds on. Looks only; changes nothing. `heldOf` tells up to
 * which clock a client is held, where that is not what the document says.
 */
export function fitOf(
  doc: Y.Doc,
  { structs, ds }: Pick<DecodedUpdate, 'structs' | 'ds'>,
  heldOf = (client: number): number => Y.getState(doc.store, client),
): Fit {
  const added = new Map<number, { from: number; to: number }>();
  let repeats = false;
  const endOf = (client: number): number => added.get(client)?.to ?? heldOf(client);

  for (const struct of structs) {
    if (struct instanceof Y.Skip) continue; // what stands behind it is judged by its own clock
    const { client, clock } = struct.id;
    const end = endOf(client);
    if (clock > end) return { type: 'GapBefore', missing: Y.createID(client, end) };
    const to = clock + struct.length;
    if (clock < end) repeats = true;
    if (to <= end) continue;
    const known = added.get(client);
    if (known === undefined) added.set(client, { from: end, to });
    else known.to = to;
  }
  if (added.size > 0) {
    for (const struct of structs) {
      if (!(struct instanceof Y.Item)) continue;
      const missing = neededIdsOf(struct).find((id) => !isThere(id, struct, endOf));
      if (missing !== undefined) return { type: 'GapBefore', missing };
    }
  }
  for (const [client, ranges] of ds.clients) {
    const last = ranges.at(-1);
    if (last !== undefined && last.clock + last.len > endOf(client)) {
      return { type: 'GapBefore', missing: Y.createID(client, endOf(client)) };
    }
  }
  return { type: 'Fits', added, repeats };
}

function neededIdsOf(item: Y.Item): readonly Y.ID[] {
  const ids: Y.ID[] = [];
  if (item.origin !== null) ids.push(item.origin);
  if (item.rightOrigin !== null) ids.push(item.rightOrigin);
  if (item.parent instanceof Y.ID) ids.push(item.parent);
  return ids;
}

/** Yjs does not look whether an item builds on a later one of its own client, and throws when it does. */
function isThere(id: Y.ID, item: Y.Item, endOf: (client: number) => number): boolean {
  return id.client === item.id.client ? id.clock < item.id.clock : id.clock < endOf(id.client);
}

/**
 * Whether applying it would leave the document as it is. A stock client that only reads sends such updates too: what
 * it holds of the deletions is repeated in full whenever it comes back.
 */
export function changesNothing(doc: Y.Doc, decoded: DecodedUpdate): boolean {
  const fit = fitOf(doc, decoded);
  return fit.type === 'Fits' && fit.added.size === 0 && newDeletions(doc, decoded.ds).ranges.size === 0;
}
