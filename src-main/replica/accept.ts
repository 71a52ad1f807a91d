import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { PublicKeyHex, Sha256Hex } from '../../shared/base/ids.ts';
import { REPLICA_CLOSE } from '../../shared/protocol/replica-frames.ts';
import { shakeHands, type HandshakeDeps, type HandshakeFailure } from './handshake.ts';
import type { Replica, ReplicaLog } from './replica.ts';
import { createSocketLink, MOST_FRAME_BYTES, watchHeartbeat } from './socket-link.ts';

/** Slows down, by its address, whoever keeps failing to prove anything. */
export interface FailureBackOff {
  /** How long this address still has to wait, in ms; 0 when it may try. */
  waitMs(address: string): number;
  failed(address: string): void;
  succeeded(address: string): void;
}

export interface AcceptDeps extends Omit<HandshakeDeps, 'side' | 'certificate' | 'isHostKey'> {
  readonly replica: Pick<Replica, 'connect' | 'isQuarantined'>;
  readonly isHostKey: (key: PublicKeyHex) => boolean;
  readonly hostOf: (key: PublicKeyHex) => { readonly hostId: PublicKeyHex; readonly name: string };
  /** Of the server that the socket came through, as clients see it; null without TLS. */
  readonly certificate: () => Sha256Hex | null;
  readonly log: ReplicaLog;
  readonly failures: FailureBackOff;
  readonly limits?: Partial<AcceptLimits>;
}

export interface AcceptLimits {
  /** A second line of one host replaces a dead first one; more than this are its own fault. */
  readonly socketsPerHost: number;
  readonly sockets: number;
  /** Connected, and nothing proved yet. */
  readonly halfOpen: number;
  readonly halfOpenPerAddress: number;
  /** What somebody may send before having proved anything; what follows the proof may come in one piece with it. */
  readonly bytesBeforeProof: number;
  readonly heartbeatMs: number;
}

/** Each costs us something. Whoever closes the line, or says nothing, is bounded by the half-open ones. */
const COUNTS_AS_FAILURE: ReadonlySet<HandshakeFailure> = new Set(['malformed', 'otherWorkspace', 'notEnrolled']);

const DEFAULT_LIMITS: AcceptLimits = {
  socketsPerHost: 3,
  sockets: 200,
  halfOpen: 64,
  halfOpenPerAddress: 8,
  bytesBeforeProof: 320 * 1024,
  heartbeatMs: 15_000,
};

/** The server's side of `/replica`. Host names and origins are the HTTP server's business, before it calls this. */
export interface ReplicaDoor {
  handleReplicaUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void;
  close(): void;
}

export function createReplicaDoor(deps: AcceptDeps): ReplicaDoor {
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  // No compression: a small frame could unpack to a huge one.
  const server = new WebSocketServer({ noServer: true, maxPayload: MOST_FRAME_BYTES, perMessageDeflate: false });
  /** By address. */
  const halfOpen = new Map<string, number>();
  /** By host, oldest first. */
  const open = new Map<PublicKeyHex, WebSocket[]>();

  function isFull(address: string): boolean {
    const all = [...halfOpen.values()].reduce((sum, count) => sum + count, 0);
    const isCrowded = all >= limits.halfOpen || (halfOpen.get(address) ?? 0) >= limits.halfOpenPerAddress;
    return isCrowded || server.clients.size >= limits.sockets;
  }

  function countHalfOpen(address: string, by: 1 | -1): void {
    const count = (halfOpen.get(address) ?? 0) + by;
    if (count > 0) halfOpen.set(address, count);
    else halfOpen.delete(address);
  }

  async function greet(socket: WebSocket, address: string, stopCounting: () => void): Promise<void> {
    countHalfOpen(address, 1);
    const shaken = await shakeHands(createSocketLink(socket, deps.schedule), {
      ...deps,
      side: 'server',
      certificate: deps.certificate(),
    });
    countHalfOpen(address, -1);
    stopCounting();
    if (!shaken.ok) {
      if (COUNTS_AS_FAILURE.has(shaken.error)) deps.failures.failed(address);
      if (shaken.error !== 'closed') deps.log.info({ why: shaken.error }, 'a host was not let in');
      return;
    }
    deps.failures.succeeded(address);
    const { key, clockOffMs, link } = shaken.value;
    const { hostId, name } = deps.hostOf(key);
    keepFew(hostId, socket);
    deps.replica.connect(link, { hostId, key, name, clockOffMs });
  }

  function keepFew(hostId: PublicKeyHex, socket: WebSocket): void {
    const sockets = open.get(hostId) ?? [];
    open.set(hostId, sockets);
    sockets.push(socket);
    socket.on('close', () => {
      sockets.splice(sockets.indexOf(socket), 1);
      if (sockets.length === 0) open.delete(hostId);
    });
    if (sockets.length > limits.socketsPerHost)
      sockets[0]?.close(REPLICA_CLOSE.tryAgain, 'a newer line took its place');
  }

  return {
    handleReplicaUpgrade(request, stream, head) {
      const swallow = (): void => void stream.destroy();
      stream.on('error', swallow); // until ws listens itself; an unheard stream error would end the process
      const address = request.socket.remoteAddress ?? '';
      if (isFull(address) || deps.failures.waitMs(address) > 0)
        return void stream.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
      const stopCounting = countBytes(stream, limits.bytesBeforeProof);
      server.handleUpgrade(request, stream, head, (socket) => {
        stream.off('error', swallow);
        watchHeartbeat(socket, deps.schedule, limits.heartbeatMs);
        void greet(socket, address, stopCounting);
      });
    },
    close() {
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}

/** `ws` would collect a frame of the largest size from anybody; whoever has proved nothing gets no such room. */
function countBytes(stream: Duplex, most: number): () => void {
  let bytes = 0;
  function count(chunk: Buffer): void {
    bytes += chunk.length;
    if (bytes > most) stream.destroy();
  }
  stream.on('data', count);
  return () => void stream.off('data', count);
}
