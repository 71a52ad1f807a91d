import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { SyncPeer } from '../../commands/ports.ts';
import { CLOSE, DEFAULT_SYNC_LIMITS, type SyncSocket } from './sync-socket.ts';
import type { SyncService } from './sync-service.ts';

/** What the host says about a token (or, without one, the session cookie) and the document it is for. */
export type Authorisation =
  | { readonly type: 'Authorised'; readonly peer: SyncPeer }
  | { readonly type: 'BadToken' }
  | { readonly type: 'NoSuchDocument' };

export type Authorise = (
  token: string | null,
  document: string,
  cookie: string | undefined,
) => Authorisation | Promise<Authorisation>;

export interface SyncUpgradeDeps {
  readonly service: SyncService;
  readonly authorise: Authorise;
  readonly frameBytes?: number;
  /** A socket that has not answered for two of these is gone. In ms. */
  readonly heartbeatMs?: number;
}

const PATH_PREFIX = '/yjs/';
const CLOSE_GRACE_MS = 500;

/**
 * Mounts the sync service at `/yjs/<document>?token=TOKEN` of an HTTP server. The stock client puts the document's
 * name into the path as it is, slashes included. Host and Origin are the server's business, before it calls this.
 *
 * A refusal accepts the upgrade and closes with its code: a browser's page cannot see the status of a refused upgrade,
 * and a stock client would try again for ever. The token appears in no log and no reason.
 */
export function createSyncUpgrade({
  service,
  authorise,
  frameBytes = DEFAULT_SYNC_LIMITS.frameBytes,
  heartbeatMs = 30_000,
}: SyncUpgradeDeps) {
  // No compression: an edit is a few dozen bytes, and a small frame could unpack to a huge one.
  const server = new WebSocketServer({ noServer: true, maxPayload: frameBytes, perMessageDeflate: false });
  const answered = new WeakSet<WebSocket>();
  const heartbeat = setInterval(() => {
    for (const webSocket of server.clients) {
      // Of one that is not read from nothing is heard, and that is our doing.
      if (!answered.delete(webSocket) && !webSocket.isPaused) webSocket.terminate();
      else webSocket.ping();
    }
  }, heartbeatMs);
  heartbeat.unref();

  async function handleSyncUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    const swallow = (): void => void stream.destroy();
    stream.on('error', swallow); // until ws listens itself; an unheard stream error would end the process
    const { document, token } = readTarget(request.url ?? '');
    const authorisation =
      document === null ? NO_SUCH_DOCUMENT : await settled(() => authorise(token, document, request.headers.cookie));
    if (stream.destroyed) return;
    server.handleUpgrade(request, stream, head, (webSocket) => {
      stream.off('error', swallow);
      // ws closes by itself on an oversized or broken frame (1009, 1002, 1007), and tells us here too. It would go on
      // reading what was announced; once the reason has had time to arrive, nobody has to.
      webSocket.on('error', () => void setTimeout(() => webSocket.terminate(), CLOSE_GRACE_MS).unref());
      answered.add(webSocket);
      webSocket.on('pong', () => void answered.add(webSocket));
      if (authorisation === null) webSocket.close(CLOSE.unreadable, 'rights could not be read');
      else if (authorisation.type === 'BadToken') webSocket.close(CLOSE.badToken, 'token not accepted');
      else if (document === null || authorisation.type === 'NoSuchDocument') {
        webSocket.close(CLOSE.noSuchDocument, 'no such document');
      } else service.connect(createWebSocketSyncSocket(webSocket), document, authorisation.peer);
    });
  }

  return {
    handleSyncUpgrade,
    close(): void {
      clearInterval(heartbeat);
      for (const webSocket of server.clients) webSocket.terminate();
      server.close();
    },
  };
}

const NO_SUCH_DOCUMENT: Authorisation = { type: 'NoSuchDocument' };

/** Null where it throws: an unreadable roster refuses for now, and is no reason to end the process. */
async function settled(ask: () => ReturnType<Authorise>): Promise<Authorisation | null> {
  try {
    return await ask();
  } catch {
    return null;
  }
}

function readTarget(url: string): { readonly document: string | null; readonly token: string | null } {
  try {
    const { pathname, searchParams } = new URL(url, 'http://host');
    return { document: decodeURIComponent(pathname.slice(PATH_PREFIX.length)), token: searchParams.get('token') };
  } catch {
    return { document: null, token: null }; // a percent sign that encodes nothing, or no address at all
  }
}

const MOST_UNREAD_BEFORE_CLOSING = 1024 * 1024;

export function createWebSocketSyncSocket(webSocket: WebSocket): SyncSocket {
  webSocket.binaryType = 'nodebuffer';
  return {
    send: (frame) => webSocket.send(frame),
    close(code, reason) {
      // A reader that has left much unread would get the reason only after it, and hold the memory until then.
      if (webSocket.bufferedAmount > MOST_UNREAD_BEFORE_CLOSING) webSocket.terminate();
      else webSocket.close(code, reason);
    },
    onMessage(handler) {
      webSocket.on('message', (data: RawData, isBinary) => {
        handler(isBinary ? (data as Buffer) : data.toString());
      });
    },
    onClose: (handler) => void webSocket.on('close', () => handler()),
    bufferedBytes: () => webSocket.bufferedAmount,
    pause: () => webSocket.pause(),
    resume: () => webSocket.resume(),
  };
}
