import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { Sha256Hex } from '../../shared/base/ids.ts';
import { isLoopbackName } from '../../shared/base/loopback.ts';
import { REPLICA_PATH } from '../../shared/protocol/replica-frames.ts';
import type { Schedule } from '../commands/ports.ts';
import { createSocketLink, MOST_FRAME_BYTES, watchHeartbeat, type SocketLink } from './socket-link.ts';

export interface ReplicaTarget {
  /** `wss://host:port`, or `ws://` to this very machine. */
  readonly url: string;
  /** SHA-256 of the certificate (DER) from the invite link; null: a certificate that this machine trusts anyway. */
  readonly pinned: Sha256Hex | null;
}

/** A sentence for people, without its stop. `isLasting`: it will be the same until somebody changes something. */
export interface OpenFailure {
  readonly reason: string;
  readonly isLasting: boolean;
}

export interface OpenEvents {
  /** `certificate`: SHA-256 of what the server showed; null without TLS. */
  opened(link: SocketLink, certificate: Sha256Hex | null): void;
  failed(failure: OpenFailure): void;
}

/** Returns what ends the attempt, or the open connection, at once. */
export type OpenReplicaSocket = (target: ReplicaTarget, events: OpenEvents) => () => void;

const OPEN_WITHIN_MS = 10_000;
/** A line on which nothing was heard for two of these is dead, whatever the network says. */
const HEARTBEAT_MS = 15_000;

/** Opens WebSockets (RFC 6455) to other hosts. Timers are the schedule's. */
export function createOpenReplicaSocket(schedule: Schedule): OpenReplicaSocket {
  return (target, events) => open(target, events, schedule);
}

function open(target: ReplicaTarget, events: OpenEvents, schedule: Schedule): () => void {
  const address = addressOf(target);
  if ('reason' in address) {
    queueMicrotask(() => events.failed(address));
    return () => undefined;
  }
  const socket = new WebSocket(address.href, {
    handshakeTimeout: OPEN_WITHIN_MS,
    maxPayload: MOST_FRAME_BYTES,
    followRedirects: false,
    perMessageDeflate: false,
    // A pinned certificate is compared byte by byte, which says more than any authority; see `upgrade`.
    rejectUnauthorized: target.pinned === null,
  });
  let certificate: Sha256Hex | null = null;
  let isOver = false;

  function fail(failure: OpenFailure): void {
    if (isOver) return;
    isOver = true;
    socket.terminate();
    events.failed(failure);
  }

  socket.on('upgrade', (response: IncomingMessage) => {
    certificate = fingerprintOf(response);
    if (target.pinned !== null && certificate !== target.pinned) fail(OTHER_CERTIFICATE);
  });
  socket.on('open', () => {
    if (isOver) return socket.terminate();
    isOver = true;
    watchHeartbeat(socket, schedule, HEARTBEAT_MS);
    events.opened(createSocketLink(socket, schedule), certificate);
  });
  socket.on('unexpected-response', (request, response) => {
    request.destroy();
    fail({
      reason: `There is no Firebreak relay at this address (${String(response.statusCode ?? 0)})`,
      isLasting: false,
    });
  });
  socket.on('error', (error) => fail(troubleOf(error)));
  socket.on('close', () => fail({ reason: 'The connection broke', isLasting: false }));
  return () => {
    isOver = true;
    socket.terminate();
  };
}

const OTHER_CERTIFICATE: OpenFailure = {
  reason: 'Whoever answers there shows another certificate than the invite named; nothing was said to it',
  isLasting: true,
};

function addressOf({ url }: ReplicaTarget): URL | OpenFailure {
  if (!URL.canParse(url)) return { reason: 'This is not an address', isLasting: true };
  const address = new URL(url);
  if (address.protocol !== 'wss:' && !(address.protocol === 'ws:' && isLoopbackName(address.hostname))) {
    return { reason: 'Away from this machine a connection must be encrypted (wss)', isLasting: true };
  }
  address.pathname = REPLICA_PATH;
  address.search = '';
  address.hash = '';
  address.username = '';
  address.password = '';
  return address;
}

function fingerprintOf({ socket }: IncomingMessage): Sha256Hex | null {
  if (!(socket instanceof TLSSocket)) return null;
  const { raw } = socket.getPeerCertificate() as { readonly raw?: Buffer };
  return raw === undefined ? null : Sha256Hex.parse(createHash('sha256').update(raw).digest('hex'));
}

/** From the error's code: its message may name more than anybody should read. */
function troubleOf(error: Error): OpenFailure {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ALTNAME/.test(code)) {
    return { reason: `Its certificate is not trusted (${code}); ask for an invite that names it`, isLasting: true };
  }
  const known: Readonly<Record<string, string>> = {
    ENOTFOUND: 'The host cannot be found; check the address, and whether this machine is online',
    EAI_AGAIN: 'The host cannot be found; check the address, and whether this machine is online',
    ECONNREFUSED: 'Nobody answers at this address; is the host running?',
    ECONNRESET: 'The connection broke',
    EPIPE: 'The connection broke',
    ETIMEDOUT: 'The host did not answer in time',
    EHOSTUNREACH: 'There is no way to the host from here',
    ENETUNREACH: 'This machine is offline',
  };
  if (error.message.includes('handshake has timed out'))
    return { reason: 'The host did not answer in time', isLasting: false };
  return { reason: known[code] ?? `The connection failed${code === '' ? '' : ` (${code})`}`, isLasting: false };
}
