import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import * as Y from 'yjs';
import { messageYjsSyncStep1, messageYjsSyncStep2, messageYjsUpdate } from 'y-protocols/sync';
import { decodeUpdate, type DecodedUpdate } from './update-check.ts';

/** One client's line in an awareness message. */
export interface PresenceEntry {
  readonly clientId: number;
  readonly clock: number;
  readonly json: string;
}

/** The same as it came, its state not even read as text: most lines repeat what others said, and are not looked at. */
export interface IncomingPresence {
  readonly clientId: number;
  readonly clock: number;
  readonly state: Uint8Array;
}

/** What a stock client may send, decoded as far as it goes without the document. */
export type IncomingFrame =
  | { readonly type: 'StateVector'; readonly stateVector: ReadonlyMap<number, number> }
  | {
      readonly type: 'Update';
      /** Sync step 2 is a reader's duty on joining and mostly repeats what we hold; an update is an edit. */
      readonly via: 'step-2' | 'update';
      readonly data: Uint8Array;
      readonly decoded: DecodedUpdate;
    }
  | { readonly type: 'Presence'; readonly entries: readonly IncomingPresence[] }
  | { readonly type: 'PresenceQuery' };

const SYNC = 0;
const PRESENCE = 1;
const PRESENCE_QUERY = 3;

/** Null for whatever is not, to its last byte, a frame of the y-websocket protocol with a Yjs V1 payload. */
export function parseFrame(frame: Uint8Array): IncomingFrame | null {
  try {
    const decoder = decoding.createDecoder(frame);
    const parsed = parse(decoder);
    return decoding.hasContent(decoder) ? null : parsed;
  } catch {
    // lib0 and Yjs throw all sorts of errors on bytes that are not theirs; they all mean the same to us.
    return null;
  }
}

function parse(decoder: decoding.Decoder): IncomingFrame | null {
  switch (decoding.readVarUint(decoder)) {
    case SYNC:
      return parseSync(decoder);
    case PRESENCE:
      return parsePresence(decoder);
    case PRESENCE_QUERY:
      return { type: 'PresenceQuery' };
    default:
      return null;
  }
}

function parseSync(decoder: decoding.Decoder): IncomingFrame | null {
  const kind = decoding.readVarUint(decoder);
  const data = decoding.readVarUint8Array(decoder);
  switch (kind) {
    case messageYjsSyncStep1:
      return { type: 'StateVector', stateVector: Y.decodeStateVector(data) };
    case messageYjsSyncStep2:
    case messageYjsUpdate: {
      const decoded = decodeUpdate(data);
      if (decoded === null) return null;
      return { type: 'Update', via: kind === messageYjsUpdate ? 'update' : 'step-2', data, decoded };
    }
    default:
      return null;
  }
}

function parsePresence(outer: decoding.Decoder): IncomingFrame | null {
  const decoder = decoding.createDecoder(decoding.readVarUint8Array(outer));
  const entries: IncomingPresence[] = [];
  for (let left = decoding.readVarUint(decoder); left > 0; left--) {
    const clientId = decoding.readVarUint(decoder);
    const clock = decoding.readVarUint(decoder);
    entries.push({ clientId, clock, state: decoding.readVarUint8Array(decoder) });
  }
  return decoding.hasContent(decoder) ? null : { type: 'Presence', entries };
}

export function stateVectorFrame(stateVector: Uint8Array): Uint8Array {
  return syncFrame(messageYjsSyncStep1, stateVector);
}

/** The last that answers a state vector: a stock client takes itself for synced after it. */
export function answerFrame(update: Uint8Array): Uint8Array {
  return syncFrame(messageYjsSyncStep2, update);
}

export function updateFrame(update: Uint8Array): Uint8Array {
  return syncFrame(messageYjsUpdate, update);
}

/** Copies the payload once: an encoder would three times, which with a long document in memory brings its collection on. */
function syncFrame(kind: number, payload: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, SYNC);
  encoding.writeVarUint(encoder, kind);
  encoding.writeVarUint(encoder, payload.length);
  const head = encoding.toUint8Array(encoder);
  const frame = new Uint8Array(head.length + payload.length);
  frame.set(head);
  frame.set(payload, head.length);
  return frame;
}

export function presenceFrame(entries: readonly PresenceEntry[]): Uint8Array {
  const payload = encoding.createEncoder();
  encoding.writeVarUint(payload, entries.length);
  for (const { clientId, clock, json } of entries) {
    encoding.writeVarUint(payload, clientId);
    encoding.writeVarUint(payload, clock);
    encoding.writeVarString(payload, json);
  }
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, PRESENCE);
  encoding.writeVarUint8Array(encoder, encoding.toUint8Array(payload));
  return encoding.toUint8Array(encoder);
}
