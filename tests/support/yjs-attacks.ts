import * as encoding from 'lib0/encoding';

// Frames and updates that no client of Yjs would write, well formed all the same.

const SYNC = 0;
const PRESENCE = 1;
const STEP_1 = 0;
const STEP_2 = 1;
const UPDATE = 2;
const GC = 0;
const ITEM_STRING = 4;
const HAS_ORIGIN = 0x80;

/** A sync step 1 of somebody who holds nothing. */
export const STATE_QUERY = Uint8Array.of(SYNC, STEP_1, 1, 0);

/** Whether it is a sync step 2. */
export function isAnswer(message: Uint8Array): boolean {
  return message[0] === SYNC && message[1] === STEP_2;
}

/** The frame of an edit. */
export function updateMessage(update: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, SYNC);
  encoding.writeVarUint(encoder, UPDATE);
  encoding.writeVarUint8Array(encoder, update);
  return encoding.toUint8Array(encoder);
}

export interface PresenceLine {
  readonly clientId: number;
  readonly clock: number;
  readonly json: string;
}

/** The frame of an awareness message. */
export function presenceMessage(lines: readonly PresenceLine[]): Uint8Array {
  const payload = encoding.createEncoder();
  encoding.writeVarUint(payload, lines.length);
  for (const { clientId, clock, json } of lines) {
    encoding.writeVarUint(payload, clientId);
    encoding.writeVarUint(payload, clock);
    encoding.writeVarString(payload, json);
  }
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, PRESENCE);
  encoding.writeVarUint8Array(encoder, encoding.toUint8Array(payload));
  return encoding.toUint8Array(encoder);
}

/**
 * Claims `length` units of a client as collected garbage, from `clock` on: whoever takes it believes to hold already
 * what that client will type next. Some 16 bytes.
 */
export function poison(clientId: number, clock: number, length = 1_000_000): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, 1); // clients
  encoding.writeVarUint(encoder, 1); // structs
  encoding.writeVarUint(encoder, clientId);
  encoding.writeVarUint(encoder, clock);
  encoding.writeUint8(encoder, GC);
  encoding.writeVarUint(encoder, length);
  encoding.writeVarUint(encoder, 0); // deletions
  return encoding.toUint8Array(encoder);
}

/** Words at the beginning of the text, under any client id and clock: what a forger writes in another's name. */
export function wordsAs(clientId: number, clock: number, words: string): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, 1);
  encoding.writeVarUint(encoder, 1);
  writeWords(encoder, clientId, clock, words);
  encoding.writeVarUint(encoder, 0);
  return encoding.toUint8Array(encoder);
}

/**
 * One character each under so many client ids that nobody has used: all of them at the one place, or each behind the one
 * before it, as a text would be that so many have written.
 */
export function idFlood(firstClientId: number, count: number, as: 'heap' | 'chain' = 'heap'): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, count);
  // Descending, as every encoder writes them.
  for (let clientId = firstClientId + count - 1; clientId >= firstClientId; clientId -= 1) {
    encoding.writeVarUint(encoder, 1);
    if (as === 'heap' || clientId === firstClientId) writeWords(encoder, clientId, 0, 'x');
    else {
      encoding.writeVarUint(encoder, clientId);
      encoding.writeVarUint(encoder, 0);
      encoding.writeUint8(encoder, HAS_ORIGIN | ITEM_STRING);
      encoding.writeVarUint(encoder, clientId - 1);
      encoding.writeVarUint(encoder, 0);
      encoding.writeVarString(encoder, 'x');
    }
  }
  encoding.writeVarUint(encoder, 0);
  return encoding.toUint8Array(encoder);
}

function writeWords(encoder: encoding.Encoder, clientId: number, clock: number, words: string): void {
  encoding.writeVarUint(encoder, clientId);
  encoding.writeVarUint(encoder, clock);
  encoding.writeUint8(encoder, ITEM_STRING);
  encoding.writeVarUint(encoder, 1); // its parent is a type of the document, by name
  encoding.writeVarString(encoder, 'text');
  encoding.writeVarString(encoder, words);
}

/**
 * An update of format V2 of 38 bytes that says "the same again" four thousand million times: whoever decodes it does not come
 * back. Read as V1 it looks like an empty update with something behind it.
 */
export function bombV2(): Uint8Array {
  const endless = 2 ** 32 - 1;
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, 0); // the format's flags
  const column = (write: (to: encoding.Encoder) => void): void => {
    const bytes = encoding.createEncoder();
    write(bytes);
    encoding.writeVarUint8Array(encoder, encoding.toUint8Array(bytes));
  };
  const none = (): void => undefined;
  column(none); // clocks of keys
  column((to) => encoding.writeVarInt(to, 77)); // client ids
  column(none); // left
  column(none); // right
  column((to) => encoding.writeUint8(to, GC)); // kinds: a last one counts for ever
  column((to) => encoding.writeVarString(to, '')); // strings
  column(none); // parents
  column(none); // types
  column((to) => {
    encoding.writeVarInt(to, -1); // lengths: 1, and so often
    encoding.writeVarUint(to, endless);
  });
  encoding.writeVarUint(encoder, 1); // clients
  encoding.writeVarUint(encoder, endless); // structs
  encoding.writeVarUint(encoder, 0); // clock
  while (encoding.length(encoder) < 38) encoding.writeUint8(encoder, 0);
  return encoding.toUint8Array(encoder);
}
