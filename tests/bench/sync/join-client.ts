import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import WebSocket from 'ws';
import * as Y from 'yjs';
import { createClients, type Client } from './clients.ts';
import type { Target } from './servers.ts';

// The clients' side of join.ts. A frame of the protocol begins with its kind and, of sync, with its step.
const SYNC = 0;
const STEP_1 = 0;
const STEP_2 = 1;
const UPDATE = 2;
const LONGEST_MS = 120_000;
/** What a server does after an edit, such as storing it in another form, is over by then. */
const AFTERMATH_MS = 1000;

export interface JoinTask {
  readonly target: Target;
  readonly document: string;
  readonly number: number;
  readonly text: string;
}

export interface JoinReading {
  /** From the first thought of connecting until the stock client has the whole text. */
  readonly ms: number;
  /** Whether it said `synced` before that. */
  readonly early: boolean;
}

let joined: Client | null = null;

/** One stock client joins, and stays. */
export async function readJoin({ target, document, number, text }: JoinTask): Promise<JoinReading> {
  const { create, warmUp } = await createClients(target);
  await warmUp();
  const whole = Promise.withResolvers<number>();
  const startedAt = performance.now();
  const client = create(document, number);
  let syncedAt: number | null = null;
  joined = client;
  client.onSynced(() => (syncedAt ??= performance.now()));
  client.doc.on('afterTransaction', () => {
    if (client.text.length !== text.length) return;
    const at = performance.now();
    if (client.text.toString() === text) whole.resolve(at);
  });
  const wholeAt = await Promise.race([whole.promise, wait(LONGEST_MS).then(() => null)]);
  if (wholeAt === null) throw new Error(`${document} did not come within ${LONGEST_MS} ms`);
  return { ms: wholeAt - startedAt, early: syncedAt !== null && syncedAt < wholeAt };
}

export interface AppendTask {
  readonly target: Target;
  readonly document: string;
  readonly text: string;
}

/** The client that joined writes something at the end; resolves when the server has shown it to somebody else. */
export async function append({ target, document, text }: AppendTask): Promise<void> {
  if (joined === null) throw new Error('nobody has joined');
  const { doc, text: shared } = joined;
  if (target.kind === 'hocuspocus') {
    // Its frames are its own; the document is in its memory from the first join on.
    shared.insert(shared.length, text);
  } else {
    const witness = await openRaw(target, document, 'client-900');
    const shown = frame(witness, UPDATE);
    witness.send(syncStep1(Y.encodeStateVector(doc)));
    await frame(witness, STEP_2);
    shared.insert(shared.length, text);
    await shown;
    witness.terminate();
  }
  await wait(AFTERMATH_MS);
}

export interface LastByteTask {
  readonly target: Target;
  readonly document: string;
}

/** Somebody who holds nothing and only reads: ms from connecting until the answer to sync step 1 has ended. */
export async function readLastByte({ target, document }: LastByteTask): Promise<number> {
  await (await createClients(target)).warmUp();
  const startedAt = performance.now();
  const socket = await openRaw(target, document, 'client-901');
  const answered = frame(socket, STEP_2);
  socket.send(syncStep1(Y.encodeStateVector(new Map())));
  await answered;
  const ms = performance.now() - startedAt;
  socket.terminate();
  return ms;
}

async function openRaw({ port }: Target, document: string, token: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/yjs/${document}?token=${token}`);
  await once(socket, 'open');
  return socket;
}

async function frame(socket: WebSocket, step: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.on('close', (code) => reject(new Error(`closed with ${code}`)));
    socket.on('message', (data) => {
      const bytes = data as Buffer;
      if (bytes[0] === SYNC && bytes[1] === step) resolve();
    });
  });
}

/** A state vector of more than 127 bytes would need a longer length; ten authors and a client have fewer. */
function syncStep1(stateVector: Uint8Array): Uint8Array {
  return Uint8Array.of(SYNC, STEP_1, stateVector.length, ...stateVector);
}
