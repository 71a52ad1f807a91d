import * as Y from 'yjs';

/** Up to which clock of each client id somebody has a document. */
export type Clocks = ReadonlyMap<number, number>;

/**
 * How many characters (UTF-16 units) stand in this document that somebody who has it up to `held` does not have: what
 * was written and deleted again does not count. Reads the store as it is, because an encoded update says of no single
 * item whether it is deleted.
 */
export function unsentLength(doc: Y.Doc, held: Clocks): number {
  let length = 0;
  for (const [client, structs] of doc.store.clients) {
    const from = held.get(client) ?? 0;
    for (let n = structs.length - 1; n >= 0; n -= 1) {
      const struct = structs[n];
      if (struct === undefined || struct.id.clock + struct.length <= from) break;
      if (!(struct instanceof Y.Item) || struct.deleted || !(struct.content instanceof Y.ContentString)) continue;
      length += struct.id.clock + struct.length - Math.max(from, struct.id.clock);
    }
  }
  return length;
}
