import { WebSocket, type RawData } from 'ws';
import { retryAfterMs } from './retry-after.ts';

const HANDSHAKE_MS = 15_000;
/** Larger frames end the connection; both of our sources stay far below. */
const LARGEST_FRAME_BYTES = 8 * 1024 * 1024;

export interface SocketRequest {
  readonly url: string;
  /** May hold a token: never shown, never logged. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Why a connection is over, or was never made. `reason` is a sentence for people, without its stop. */
export interface SocketEnd {
  readonly reason: string;
  /** When the source asked for a pause before the next attempt. */
  readonly waitMs?: number | null;
  /** The source will say the same again until somebody changes something, so it is asked seldom. */
  readonly isRefusal?: boolean;
}

/** Called from `OpenSocket`, never before it returned. After `closed` nothing comes. */
export interface SocketEvents {
  opened(): void;
  /** Null is a binary frame: neither source sends one that we asked for. */
  frame(text: string | null): void;
  /** A ping or a pong: somebody is there. */
  sign(): void;
  closed(end: SocketEnd): void;
}

export interface StreamSocket {
  send(text: string): void;
  ping(): void;
  /** Stops reading: the source's own buffers fill, and it waits or lets go of us. */
  pause(): void;
  resume(): void;
  /** Ends it at once, without waiting for the other side, and without `closed`. */
  cut(): void;
}

export type OpenSocket = (request: SocketRequest, events: SocketEvents) => StreamSocket;

/** A WebSocket (RFC 6455) whose certificate is verified, whatever the environment says. */
export const openSocket: OpenSocket = ({ url, headers }, events) => {
  const socket = new WebSocket(url, {
    headers,
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: LARGEST_FRAME_BYTES,
    followRedirects: false,
    perMessageDeflate: false,
    rejectUnauthorized: true,
  });
  let isOver = false;
  let cause: string | null = null;

  function over(end: SocketEnd): void {
    if (isOver) return;
    isOver = true;
    events.closed(end);
  }

  socket.on('open', () => isOver || events.opened());
  socket.on('message', (data, isBinary) => isOver || events.frame(isBinary ? null : textOf(data)));
  socket.on('ping', () => isOver || events.sign());
  socket.on('pong', () => isOver || events.sign());
  socket.on('unexpected-response', (request, response) => {
    const status = response.statusCode ?? 0;
    const waitMs = retryAfterMs(response.headers['retry-after']);
    request.destroy();
    over({ reason: refusal(status), waitMs, isRefusal: status >= 400 && status < 500 && status !== 429 });
  });
  // Every error is followed by a close; what it said is kept for then.
  socket.on('error', (error) => (cause = trouble(error)));
  socket.on('close', (code) => over({ reason: cause ?? `The connection was closed (${code})` }));

  return {
    send: (text) => socket.readyState === socket.OPEN && socket.send(text),
    ping: () => socket.readyState === socket.OPEN && socket.ping(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    cut() {
      isOver = true;
      socket.terminate();
    },
  };
};

function textOf(data: RawData): string {
  return (data as Buffer).toString('utf8');
}

/** What a person can do something about; never the request, which may hold a token. */
function refusal(status: number): string {
  if (status === 401 || status === 403) return `The server refuses us (${status}); check the access token`;
  if (status === 404) return 'There is no such stream at this address (404)';
  if (status === 429) return 'The server is asked too often (429)';
  if (status >= 300 && status < 400) return `The server sends us elsewhere (${status}), which is not followed`;
  return `The server refuses the connection (${status})`;
}

/** From the error's code: its message may name more than anybody should read. */
function trouble(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'The server cannot be found; check the address, and whether this machine is online';
    case 'ECONNREFUSED':
      return 'The server does not accept connections';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'The connection broke';
    case 'ETIMEDOUT':
      return 'The server did not answer in time';
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH':
      return 'The server sent a frame that is too long';
  }
  if (error.message.includes('handshake has timed out')) return 'The server did not answer in time';
  if (/CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ALTNAME/.test(code)) return `Its certificate is not trusted (${code})`;
  return `The connection failed${code === '' ? '' : ` (${code})`}`;
}
