import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { requireFromPeers } from './peers.ts';

interface Utils {
  setupWSConnection(socket: WebSocket, request: IncomingMessage): void;
}

/** The server that comes with y-websocket 1.5, as its own bin/server.js mounts it; it keeps its data in YPERSISTENCE. */
export async function serveYWebsocket(): Promise<number> {
  const { setupWSConnection } = requireFromPeers('y-websocket/bin/utils') as Utils;
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on('connection', setupWSConnection);
  server.on('upgrade', (request, stream, head) => {
    sockets.handleUpgrade(request, stream, head, (socket) => sockets.emit('connection', socket, request));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
