import * as encoding from 'lib0/encoding';
import * as Y from 'yjs';
import type { DeletedRanges } from './deleted-ranges.ts';

/** One client's structs, from `clock` on: the first of them may begin before it. */
export interface ClientStructs {
  readonly clientId: number;
  readonly clock: number;
  readonly structs: readonly (Y.Item | Y.GC | Y.Skip)[];
}

/** Clock up to which everything of a client is held, by client id. */
export type StateVector = ReadonlyMap<number, number>;

/**
 * A Yjs update, format V1, of just these parts. Yjs itself can only write everything since a state vector, with every
 * deletion that the document ever saw; a stretch of the history needs its own alone. The format is that of Yjs'
 * `encodeStateAsUpdate`: clients in descending order, which its readers profit from.
 */
export function encodeUpdate(clients: readonly ClientStructs[], deletions: Uint8Array): Uint8Array {
  const encoder = new Y.UpdateEncoderV1();
  const rest = encoder.restEncoder;
  encoding.writeVarUint(rest, clients.length);
  for (const { clientId, clock, structs } of [...clients].sort((a, b) => b.clientId - a.clientId)) {
    encoding.writeVarUint(rest, structs.length);
    encoder.writeClient(clientId);
    encoding.writeVarUint(rest, clock);
    structs.forEach((struct, index) => struct.write(encoder, index === 0 ? clock - struct.id.clock : 0));
  }
  encoding.writeUint8Array(rest, deletions);
  return encoder.toUint8Array();
}

/** The part of an update that says what is deleted. */
export function encodeDeletions(deleted: DeletedRanges): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, deleted.size);
  for (const [clientId, ranges] of [...deleted].sort(([a], [b]) => b - a)) {
    encoding.writeVarUint(encoder, clientId);
    encoding.writeVarUint(encoder, ranges.length);
    for (const { clock, len } of ranges) {
      encoding.writeVarUint(encoder, clock);
      encoding.writeVarUint(encoder, len);
    }
  }
  return encoding.toUint8Array(encoder);
}

/** What the document holds beyond a state vector, client by client. */
export function structsSince(doc: Y.Doc, since: StateVector): readonly ClientStructs[] {
  const found: ClientStructs[] = [];
  for (const [clientId, structs] of doc.store.clients) {
    const clock = since.get(clientId) ?? 0;
    if (clock >= Y.getState(doc.store, clientId)) continue;
    const index = clock === 0 ? 0 : Y.findIndexSS(structs, clock);
    found.push({ clientId, clock, structs: index === 0 ? structs : structs.slice(index) });
  }
  return found;
}
