import * as Y from 'yjs';

// Looking things up in a document's store, as Yjs keeps it. Nothing here splits or changes an item.

export function isHeld(doc: Y.Doc, id: Y.ID): boolean {
  return id.clock < Y.getState(doc.store, id.client);
}

/** The item that holds this id; null where it is not held, or has been forgotten with what it stood in. */
export function itemAt(doc: Y.Doc, id: Y.ID): Y.Item | null {
  if (!isHeld(doc, id)) return null;
  const held = Y.getItem(doc.store, id) as Y.Item | Y.GC;
  return held instanceof Y.Item ? held : null;
}

/** Whether the id is one of this item's. */
export function holds(item: Y.Item, id: Y.ID | null): boolean {
  const { client, clock } = item.id;
  return id !== null && id.client === client && id.clock >= clock && id.clock < clock + item.length;
}

/** What is held of a client between two clocks, and from where to where each of it lies in between. */
export function* heldBetween(doc: Y.Doc, client: number, from: number, until: number) {
  const structs = doc.store.clients.get(client) ?? [];
  const end = Math.min(until, Y.getState(doc.store, client));
  if (from >= end) return;
  for (let index = Y.findIndexSS(structs, from); index < structs.length; index++) {
    const struct = structs[index];
    if (struct === undefined || struct.id.clock >= end) return;
    yield {
      struct,
      from: Math.max(from, struct.id.clock),
      until: Math.min(end, struct.id.clock + struct.length),
    };
  }
}
