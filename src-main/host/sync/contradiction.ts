import * as Y from 'yjs';
import { heldBetween } from './held-items.ts';
import type { DecodedUpdate } from './update-check.ts';

/**
 * Whether an update says something else about what the document holds already. Stock clients legitimately repeat what
 * is held; but two readings of one id would leave each reader with the one that came first. What has been deleted may
 * have been forgotten, so there only its being there counts.
 */
export function contradicts(doc: Y.Doc, { structs }: DecodedUpdate): boolean {
  return structs.some((struct) => struct instanceof Y.Item && differsFromHeld(doc, struct));
}

function differsFromHeld(doc: Y.Doc, claimed: Y.Item): boolean {
  const { client, clock } = claimed.id;
  for (const { struct: held, from, until } of heldBetween(doc, client, clock, clock + claimed.length)) {
    if (held.deleted || !(held instanceof Y.Item)) continue;
    if (!sameOrigins(claimed, held, from) || !sameContent(claimed, held, from, until)) return true;
  }
  return false;
}

function sameOrigins(claimed: Y.Item, held: Y.Item, clock: number): boolean {
  const [origin, heldOrigin] = [originAt(claimed, clock), originAt(held, clock)];
  if (!Y.compareIDs(origin, heldOrigin) || !Y.compareIDs(claimed.rightOrigin, held.rightOrigin)) return false;
  return origin !== null || claimed.rightOrigin !== null || sameParent(claimed, held);
}

/** Only an item without neighbours names its parent on the wire. */
function sameParent({ parent, parentSub }: Y.Item, held: Y.Item): boolean {
  if (parentSub !== held.parentSub || !(held.parent instanceof Y.AbstractType)) return false;
  const { _item: item } = held.parent;
  if (typeof parent === 'string') return item === null && Y.findRootTypeKey(held.parent) === parent;
  return parent instanceof Y.ID && item !== null && Y.compareIDs(parent, item.id);
}

/** Within an item each unit follows the one before it. */
function originAt(item: Y.Item, clock: number): Y.ID | null {
  return clock > item.id.clock ? Y.createID(item.id.client, clock - 1) : item.origin;
}

function sameContent(claimed: Y.Item, held: Y.Item, from: number, until: number): boolean {
  const [mine, theirs] = [claimed.content, held.content];
  if (mine instanceof Y.ContentDeleted) return true; // whoever repeats it has forgotten what it was
  if (mine.getRef() !== theirs.getRef()) return false;
  const [a, b, length] = [from - claimed.id.clock, from - held.id.clock, until - from];
  if (mine instanceof Y.ContentString && theirs instanceof Y.ContentString) {
    return mine.str.slice(a, a + length) === theirs.str.slice(b, b + length);
  }
  return equalBytes(bytesOf(mine, a, length), bytesOf(theirs, b, length));
}

function bytesOf(content: Y.Item['content'], offset: number, length: number): Uint8Array {
  let part = content;
  if (offset > 0 || content.getLength() > length) {
    part = content.copy(); // what is split must not be what the document holds
    if (offset > 0) part = part.splice(offset);
    if (part.getLength() > length) part.splice(length);
  }
  const encoder = new Y.UpdateEncoderV1();
  part.write(encoder, 0);
  return encoder.toUint8Array();
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
