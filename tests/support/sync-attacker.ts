import { on, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { constants, setPriority } from 'node:os';
import process from 'node:process';
import WebSocket from 'ws';
import { serveActs, told } from './serve-acts.ts';
import { isAnswer, presenceMessage, STATE_QUERY } from './yjs-attacks.ts';

// Run as a process of its own: whoever attacks the host must not slow down the typist who measures it. An attacker has a
// machine of their own; here theirs is what the host and the typist leave over.
setPriority(constants.priority.PRIORITY_LOW);

const { url, port } = JSON.parse(process.argv[2] ?? '') as { readonly url: string; readonly port: number };
await told();

interface Open {
  readonly socket: WebSocket;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  received: number;
}

const sockets: Open[] = [];
const halfOpen: Socket[] = [];

function at(id: number): Open {
  const one = sockets[id];
  if (one === undefined) throw new Error(`no socket ${String(id)}`);
  return one;
}

async function open(document: string, token: string): Promise<number> {
  const socket = new WebSocket(`${url}/${document}?token=${token}`);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  const one: Open = { socket, closed, received: 0 };
  socket.on('message', () => (one.received += 1));
  socket.on('error', () => undefined); // the close that follows says it
  await Promise.race([once(socket, 'open'), closed]);
  return sockets.push(one) - 1;
}

async function halfOpenOne(bytes: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(bytes);
  halfOpen.push(socket);
}

const acts = {
  /** Opens a sync socket with no client behind it; its number. */
  open,
  /** As `open`, and asks for the document: from the answer on it is sent every edit. */
  async join(document: string, token: string): Promise<number> {
    const id = await open(document, token);
    const { socket } = at(id);
    socket.send(STATE_QUERY);
    for await (const [message] of on(socket, 'message')) if (isAnswer(message as Buffer)) break;
    return id;
  },
  /** All of them, in order, without waiting for anything in between. A string goes as a text frame. */
  send(id: number, frames: readonly (Uint8Array | string)[]): void {
    for (const frame of frames) at(id).socket.send(frame);
  },
  /** One frame of so many bytes. */
  sendHuge(id: number, bytes: number): void {
    at(id).socket.send(Buffer.alloc(bytes));
  },
  /** A cursor that moves so often, in bursts of 10 ms as a busy page would; `{"seq":n}` is its n-th place. */
  async floodPresence(id: number, clientId: number, perSecond: number, seconds: number): Promise<void> {
    const startedAt = performance.now();
    const all = perSecond * seconds;
    for (let sent = 0; sent < all;) {
      const due = Math.min(all, ((performance.now() - startedAt) / 1000) * perSecond);
      for (; sent < due; sent += 1) {
        at(id).socket.send(presenceMessage([{ clientId, clock: sent + 1, json: `{"seq":${String(sent + 1)}}` }]));
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  },
  /** Takes nothing more from the connection: what the host sends piles up. */
  pause: (id: number) => at(id).socket.pause(),
  resume: (id: number) => at(id).socket.resume(),
  closed: (id: number) => at(id).closed,
  isOpen: (id: number) => at(id).socket.readyState === WebSocket.OPEN,
  received: (id: number) => at(id).received,
  leave: (id: number) => at(id).socket.terminate(),
  /** Connections that never get as far as a request. */
  async openHalf(count: number, document: string, token: string): Promise<void> {
    const request = `GET /yjs/${document}?token=${token} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConn`;
    for (let n = 0; n < count; n += 50) {
      await Promise.all(Array.from({ length: Math.min(50, count - n) }, () => halfOpenOne(request)));
    }
  },
  halfOpen: () => halfOpen.filter((socket) => !socket.destroyed).length,
};
export type SyncAttackerActs = typeof acts;

serveActs(null, acts);
