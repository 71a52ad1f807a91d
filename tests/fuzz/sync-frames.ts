import * as encoding from 'lib0/encoding';

export const STEP_1 = 0;
export const STEP_2 = 1;
export const UPDATE = 2;

export function syncFrame(kind: number, payload: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, 0);
  encoding.writeVarUint(encoder, kind);
  encoding.writeVarUint8Array(encoder, payload);
  return encoding.toUint8Array(encoder);
}

export interface AwarenessLine {
  readonly clientId: number;
  readonly clock: number;
  readonly json: string;
}

export function awarenessFrame(lines: readonly AwarenessLine[], saysCount = lines.length): Uint8Array {
  const payload = encoding.createEncoder();
  encoding.writeVarUint(payload, saysCount);
  for (const { clientId, clock, json } of lines) {
    encoding.writeVarUint(payload, clientId);
    encoding.writeVarUint(payload, clock);
    encoding.writeVarString(payload, json);
  }
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, 1);
  encoding.writeVarUint8Array(encoder, encoding.toUint8Array(payload));
  return encoding.toUint8Array(encoder);
}

export function stateVector(entries: readonly (readonly [client: number, clock: number])[]): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, entries.length);
  for (const [client, clock] of entries) {
    encoding.writeVarUint(encoder, client);
    encoding.writeVarUint(encoder, clock);
  }
  return encoding.toUint8Array(encoder);
}
