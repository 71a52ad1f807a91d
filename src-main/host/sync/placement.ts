import * as Y from 'yjs';
import { holds, itemAt } from './held-items.ts';
import type { Added, DecodedUpdate } from './update-check.ts';

/**
 * Whether what an update has just added could have been written where it says. Whoever writes an item puts it between
 * two neighbours, its origin and its right origin; so nothing that its writer is known to have had may lie between them:
 * neither anything of their own from before, nor what stands before the neighbours in the neighbours' own clients.
 *
 * Yjs takes any two, and from two that never were neighbours each page may make another order of the same words.
 */
export function isWellPlaced(
  doc: Y.Doc,
  { structs }: Pick<DecodedUpdate, 'structs'>,
  added: ReadonlyMap<number, Added>,
): boolean {
  return structs.every((claimed) => {
    if (!(claimed instanceof Y.Item) || claimed.id.clock < (added.get(claimed.id.client)?.from ?? Infinity))
      return true;
    const item = itemAt(doc, claimed.id);
    if (item === null) return isForgotten(doc, claimed);
    const known = knownTo(doc, claimed);
    return isOneEntry(item, claimed) && isRightOf(doc, item, claimed, known) && isLeftOf(doc, item, claimed, known);
  });
}

/** Under a key of a map stands one value: of several, each page would let another one count. */
function isOneEntry({ parentSub }: Y.Item, { length, content }: Y.Item): boolean {
  return parentSub === null || length === 1 || content instanceof Y.ContentDeleted;
}

/** What is written into something that is gone is gone, with its neighbours. Yjs also drops what claims to be in two places. */
function isForgotten(doc: Y.Doc, { origin, rightOrigin }: Y.Item): boolean {
  return [origin, rightOrigin].every((id) => id === null || itemAt(doc, id) === null);
}

/** Between its origin, or the beginning, and itself. */
function isRightOf(doc: Y.Doc, item: Y.Item, claimed: Y.Item, known: readonly Y.ID[]): boolean {
  if (item.id.clock < claimed.id.clock) return true; // grown together with its origin
  const { origin } = claimed;
  if (origin !== null && itemAt(doc, origin) === null) return true; // forgotten, and this with it
  let between = item.left;
  while (between !== null && !holds(between, origin)) {
    if (isAmong(known, between)) return false;
    between = between.left;
  }
  return origin === null || between !== null;
}

/** Between itself and its right origin, or the end. */
function isLeftOf(doc: Y.Doc, item: Y.Item, claimed: Y.Item, known: readonly Y.ID[]): boolean {
  const { rightOrigin } = claimed;
  if (rightOrigin !== null && itemAt(doc, rightOrigin) === null) return true;
  let between = item.right;
  while (between !== null && !holds(between, rightOrigin)) {
    if (isAmong(known, between)) return false;
    between = between.right;
  }
  return rightOrigin === null || between !== null;
}

/**
 * Up to where the writer is known to have had others' clients: who has an item, has all that are before it in its
 * client, for Yjs leaves no gaps, and its neighbours, for it could not have been put in its place without them.
 */
function knownTo(doc: Y.Doc, { id, origin, rightOrigin }: Y.Item): readonly Y.ID[] {
  const neighbours = [origin, rightOrigin].filter((neighbour) => neighbour !== null);
  const beyond = neighbours.flatMap((neighbour) => {
    const item = itemAt(doc, neighbour);
    return item === null ? [] : [item.origin, item.rightOrigin];
  });
  return [id, ...neighbours, ...beyond.filter((neighbour) => neighbour !== null)];
}

function isAmong(known: readonly Y.ID[], { id }: Y.Item): boolean {
  return known.some(({ client, clock }) => id.client === client && id.clock <= clock);
}
