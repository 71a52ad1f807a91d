import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

export interface WireServer {
  readonly port: number;
  /** Every request, the upgrades too, oldest first. */
  readonly requests: readonly { readonly url: URL; readonly headers: IncomingMessage['headers'] }[];
  /** Those that are open. */
  sockets(): readonly WebSocket[];
  /** Lets go of every socket without a word; `inFrame`: in the middle of a frame. Returns how many there were. */
  drop(inFrame?: boolean): number;
  close(): Promise<void>;
}

export interface WireServerOptions {
  /** 0: any that is free. */
  readonly port?: number;
  readonly onRequest?: (url: URL, request: IncomingMessage, response: ServerResponse) => void;
  /** Another status than 101 refuses the socket. */
  readonly upgradeStatus?: (url: URL, request: IncomingMessage) => number;
  readonly onSocket: (socket: WebSocket, url: URL) => void;
}

/** A real server on this machine, for feeds that speak HTTP and WebSocket. */
export async function startWireServer(options: WireServerOptions): Promise<WireServer> {
  const requests: { url: URL; headers: IncomingMessage['headers'] }[] = [];
  const webSockets = new WebSocketServer({ noServer: true });
  const server = createServer((request, response) => {
    const url = noted(request);
    if (options.onRequest) options.onRequest(url, request, response);
    else response.writeHead(404).end();
  });

  function noted(request: IncomingMessage): URL {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    requests.push({ url, headers: request.headers });
    return url;
  }

  server.on('upgrade', (request, socket, head) => {
    const url = noted(request);
    const status = options.upgradeStatus?.(url, request) ?? 101;
    if (status === 101)
      return webSockets.handleUpgrade(request, socket, head, (opened) => options.onSocket(opened, url));
    socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const sockets = (): readonly WebSocket[] =>
    [...webSockets.clients].filter(({ readyState, OPEN }) => readyState === OPEN);

  return {
    port,
    requests,
    sockets,
    drop(inFrame = false) {
      const open = sockets();
      for (const socket of open) {
        if (inFrame) writeHalfFrame(socket);
        socket.terminate();
      }
      return open.length;
    },
    close() {
      for (const socket of webSockets.clients) socket.terminate();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** The head of a text frame that promises 512 bytes, and nine of them (RFC 6455, 5.2). */
function writeHalfFrame(socket: WebSocket): void {
  const { _socket: stream } = socket as unknown as { readonly _socket: NodeJS.WritableStream };
  stream.write(Buffer.concat([Buffer.from([0x81, 126, 0x02, 0x00]), Buffer.from('{"did":"d')]));
}

/** Waits for what comes over a real socket, whenever that is; the test's own limit ends it. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
