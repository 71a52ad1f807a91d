import type { ID } from 'yjs';
import type { PublicKeyHex } from '../../../shared/base/ids.ts';
import { updatesOf, type TextBatch } from '../../../shared/log/text-batch.ts';
import type { TextLog } from '../../commands/ports.ts';
import { decodeUpdate } from './update-check.ts';

/** Bytes of refused batches that are kept of one author in one document. */
const MOST_REFUSED_BYTES = 8 * 1024 * 1024;

/** About what one update costs in a batch's header. */
const HEADER_BYTES = 128;

/** What was refused of a document, as far as later batches are judged by it. */
export interface RefusedEdits {
  /** Whether this is in what was refused: what builds on it would wait for ever. */
  hold(id: ID): boolean;
  hasRoomFor(batch: TextBatch): boolean;
  add(batch: TextBatch): void;
}

/** Read once for each document, when there is reason to ask. */
export function createRefusedEdits() {
  const byDocument = new Map<string, RefusedEdits>();

  return {
    of(document: string, texts: TextLog): RefusedEdits {
      let edits = byDocument.get(document);
      if (edits === undefined) {
        edits = emptyEdits();
        for (const { batch } of texts.refused(document)) edits.add(batch);
        byDocument.set(document, edits);
      }
      return edits;
    },
    forget: (document: string) => void byDocument.delete(document),
  };
}

function emptyEdits(): RefusedEdits {
  const endByClient = new Map<number, number>();
  const bytesByAuthor = new Map<PublicKeyHex, number>();
  const bytesOf = ({ header, data }: TextBatch): number =>
    (bytesByAuthor.get(header.author) ?? 0) + data.length + header.updates.length * HEADER_BYTES;

  return {
    hold: ({ client, clock }) => clock < (endByClient.get(client) ?? 0),
    hasRoomFor: (batch) => bytesOf(batch) <= MOST_REFUSED_BYTES,
    add(batch) {
      bytesByAuthor.set(batch.header.author, bytesOf(batch));
      for (const { data } of updatesOf(batch)) {
        for (const { id, length } of decodeUpdate(data)?.structs ?? []) {
          endByClient.set(id.client, Math.max(endByClient.get(id.client) ?? 0, id.clock + length));
        }
      }
    },
  };
}
