import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

// A frame begins with its kind and, of sync, with its step.
const SYNC = 0;
const QUESTION = 0;
const ANSWER = 1;
const AWARENESS = 1;

interface Room {
  readonly sockets: Set<WebSocket>;
  readonly awareness: Set<string>;
}

/**
 * The floor: every frame goes to every other socket of the same address as it came; nothing is decoded, no document is
 * kept. But for two things, or 200 clients would only be busy with each other, and the floor easily beaten:
 *
 * 1. Clients answer each other's sync step 1, and an answer goes to whoever asked, not to all: each client answers in
 *    the order in which it was asked.
 * 2. A stock client repeats every awareness frame that it hears: each goes round once.
 */
export async function serveRelay(): Promise<number> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  const rooms = new Map<string, Room>();
  /** Who waits for an answer of this socket's, first come first. */
  const owed = new WeakMap<WebSocket, WebSocket[]>();
  server.on('connection', (socket, request) => {
    const [name = ''] = (request.url ?? '').split('?');
    const room = rooms.get(name) ?? { sockets: new Set(), awareness: new Set() };
    rooms.set(name, room);
    room.sockets.add(socket);
    owed.set(socket, []);
    socket.on('message', (data) => {
      const frame = data as Buffer;
      const step = frame[0] === SYNC ? frame[1] : null;
      if (step === ANSWER) return owed.get(socket)?.shift()?.send(frame);
      if (frame[0] === AWARENESS) {
        const said = frame.toString('latin1');
        if (room.awareness.has(said)) return;
        room.awareness.add(said);
      }
      for (const other of room.sockets) {
        if (other === socket) continue;
        other.send(frame);
        if (step === QUESTION) owed.get(other)?.push(socket);
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => room.sockets.delete(socket));
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
