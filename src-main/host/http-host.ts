/**
 * The door for browsers: the page's files, sign-in, the API socket, the way to the sync endpoint; and for webhooks.
 *
 * 1. No request is looked at before its `Host` is known to be ours, none with a foreign `Origin` at all.
 * 2. A cookie alone never opens a socket or changes anything: there has to be our own `Origin` with it.
 * 3. Neither tokens, nor cookies, nor query strings reach the log.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { OperatorId } from '../../shared/base/ids.ts';
import { invariant } from '../../shared/base/invariant.ts';
import type { Api, Clock } from '../commands/ports.ts';
import { API_CLOSE, serveApiSocket, type ApiSocket } from './api-socket.ts';
import type { HostLog } from './host-log.ts';
import { createHostNames, type HostNames } from './host-names.ts';
import { createFailureLimit } from './rate-limit.ts';
import { refuse, refuseUpgrade, sendFile, sendJson } from './responses.ts';
import type { SessionAccess } from './session-access.ts';
import { readSessionCookie } from './session-cookie.ts';
import { answerSession } from './session-routes.ts';
import { createStaticFiles } from './static-files.ts';
import { createWebhookRoute, WEBHOOK_PATH, type WebhookReceiver } from './webhook-route.ts';

/** Takes over the upgrades at `/yjs/...` and checks their token. It sees a cookie only when our own page sent it. */
export interface SyncEndpoint {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface HttpHost {
  /** Rejects with a sentence when the address cannot be had. May be called again after `close`. */
  listen(at: {
    readonly port: number;
    readonly host: string;
  }): Promise<{ readonly url: string; readonly port: number }>;
  /** Cuts every connection and resolves when none is left. */
  close(): Promise<void>;
  /** Cuts the API sockets of an operator; returns how many there were. */
  disconnectOperator(operatorId: OperatorId): number;
  /** Cuts the API sockets of these sessions, such as `revokeOperator` returned; returns how many there were. */
  disconnectSessions(sessionIds: readonly string[]): number;
  /** To be called when a session was bound to an operator, or acts as another one; null is every session. */
  refreshSession(sessionId: string | null): void;
  connectedOperators(): readonly OperatorId[];
}

export interface HttpHostDeps {
  readonly rendererRoot: string;
  readonly api: Api;
  readonly access: SessionAccess;
  readonly sync: SyncEndpoint;
  readonly webhooks: WebhookReceiver;
  readonly clock: Clock;
  readonly log: HostLog;
  /** Further names under which this host may be addressed, `name` or `name:port`. */
  readonly allowedHosts?: readonly string[];
  /** Called whenever `connectedOperators` may have changed. */
  readonly onConnectionsChanged?: () => void;
  readonly limits?: Partial<HostLimits>;
}

export interface HostLimits {
  readonly connections: number;
  readonly apiSocketsPerOperator: number;
  readonly pingEveryMs: number;
  readonly headersTimeoutMs: number;
}

const DEFAULT_LIMITS: HostLimits = {
  connections: 4096,
  apiSocketsPerOperator: 128,
  pingEveryMs: 15_000,
  headersTimeoutMs: 10_000,
};

/** Evidence of up to 4 MiB arrives here in base64, inside JSON. */
const MOST_FRAME_BYTES = 8 * 1024 * 1024;
/** Cookies know no ports: a browser sends those of every host that ever ran on this machine. */
const MOST_HEADER_BYTES = 32 * 1024;
const CLOSE_GRACE_MS = 1000;

export function createHttpHost(deps: HttpHostDeps): HttpHost {
  const { access, log } = deps;
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  const files = createStaticFiles(deps.rendererRoot);
  const failures = createFailureLimit(deps.clock);
  const answerWebhook = createWebhookRoute(deps.clock, deps.webhooks);
  const apiSockets = new Set<ApiSocket>();
  const connections = new Set<Socket>();
  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_FRAME_BYTES,
    perMessageDeflate: false, // a small frame must not become a large one
    clientTracking: false,
  });
  let names: HostNames | null = null;
  let port = 0;
  let pinger: NodeJS.Timeout | null = null;

  const server = createServer({
    maxHeaderSize: MOST_HEADER_BYTES,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.headersTimeoutMs * 2,
    keepAliveTimeout: 5000,
    connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMs),
  });
  server.maxConnections = limits.connections;
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  server.on('request', (request, response) => {
    answerRequest(request, response).catch((cause: unknown) => {
      log.error({ err: cause, path: pathOf(request) }, 'a request failed');
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'Something went wrong in the host.');
    });
  });
  server.on('upgrade', (request, socket, head) => {
    try {
      answerUpgrade(request, socket, head);
    } catch (cause) {
      log.error({ err: cause, path: pathOf(request) }, 'an upgrade failed');
      socket.destroy();
    }
  });

  async function answerRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    invariant(names, 'requests arrive only while listening');
    const host = names.hostOf(request);
    if (host === null) return refuse(response, 421, 'This host does not answer under that name.');
    const origin = names.originOf(request);
    if (origin === 'foreign') return refuse(response, 403, 'Requests from other sites are not answered.');
    const path = pathOf(request);
    if (path === null) return refuse(response, 400, 'That is not an address of this host.');
    log.debug({ method: request.method, path }, 'request');

    if (path === '/session') {
      const onSignedOut = (sessionId: string): void => void disconnectSessions([sessionId]);
      return sendJson(response, await answerSession(request, origin, { access, failures, port, onSignedOut }));
    }
    if (path.startsWith(WEBHOOK_PATH)) return sendJson(response, await answerWebhook(request, path));
    if (path === '/api' || path.startsWith('/yjs/')) return refuse(response, 426, 'Only a WebSocket is served here.');
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'Use GET here.');
    const file = await files.find(path);
    if (!file) return refuse(response, 404, 'There is nothing at this address.');
    sendFile(response, file, { host, withBody: request.method === 'GET' });
  }

  function answerUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    invariant(names, 'upgrades arrive only while listening');
    socket.on('error', () => socket.destroy());
    const path = pathOf(request);
    const origin = names.originOf(request);
    if (names.hostOf(request) === null) return refuseUpgrade(socket, '421 Misdirected Request');
    if (origin === 'foreign') return refuseUpgrade(socket, '403 Forbidden');
    log.debug({ path }, 'upgrade');

    if (path?.startsWith('/yjs/')) {
      // Without our own page around it a cookie proves nothing, so only the token of the address can count.
      if (origin !== 'ours') delete request.headers.cookie;
      return deps.sync.handleUpgrade(request, socket, head);
    }
    if (path !== '/api') return refuseUpgrade(socket, '404 Not Found');
    if (origin !== 'ours') return refuseUpgrade(socket, '403 Forbidden');
    openApiSocket(request, socket, head);
  }

  /** A refusal is a close code, because a page cannot see the status of an upgrade that was refused. */
  function openApiSocket(request: IncomingMessage, rawSocket: Duplex, head: Buffer): void {
    const cookie = readSessionCookie(request, port);
    const session = cookie === null ? null : access.sessionOf(cookie);
    webSockets.handleUpgrade(request, rawSocket, head, (socket) => {
      const refusal = session ? (hasRoomFor(session) ? null : API_CLOSE.tooMany) : API_CLOSE.signedOut;
      if (!session || refusal !== null) {
        socket.on('error', () => socket.terminate());
        socket.close(refusal ?? API_CLOSE.signedOut, refusal === API_CLOSE.tooMany ? 'too many windows' : 'signed out');
        setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
        return;
      }
      const apiSocket = serveApiSocket(socket, {
        api: deps.api,
        session,
        sessionById: (id) => access.sessionById(id),
        log,
        onOperatorChanged: changed,
        onClosed: () => {
          apiSockets.delete(apiSocket);
          changed();
        },
      });
      apiSockets.add(apiSocket);
      changed();
    });
  }

  function hasRoomFor(session: { sessionId: string; operatorId: OperatorId | null }): boolean {
    const same = [...apiSockets].filter((socket) =>
      session.operatorId === null ? socket.sessionId === session.sessionId : socket.operatorId() === session.operatorId,
    );
    return same.length < limits.apiSocketsPerOperator;
  }

  function changed(): void {
    deps.onConnectionsChanged?.();
  }

  function cut(which: (socket: ApiSocket) => boolean): number {
    const chosen = [...apiSockets].filter(which);
    for (const socket of chosen) socket.close(API_CLOSE.signedOut, 'signed out');
    return chosen.length;
  }

  function disconnectSessions(sessionIds: readonly string[]): number {
    const ids = new Set(sessionIds);
    return cut((socket) => ids.has(socket.sessionId));
  }

  async function listen(at: { port: number; host: string }): Promise<{ url: string; port: number }> {
    await new Promise<void>((resolve, reject) => {
      const failed = (cause: NodeJS.ErrnoException): void => reject(new Error(sentenceFor(cause, at), { cause }));
      server.once('error', failed);
      // Named here and not after the event: the first connection may be in the same turn.
      server.listen(at.port, at.host, () => {
        server.off('error', failed);
        port = (server.address() as AddressInfo).port;
        names = createHostNames({ host: at.host, port }, deps.allowedHosts ?? []);
        resolve();
      });
    });
    pinger = setInterval(() => {
      for (const socket of [...apiSockets]) socket.ping();
    }, limits.pingEveryMs);
    const url = `http://${nameInUrl(at.host)}:${port}`;
    log.info({ url }, 'listening');
    return { url, port };
  }

  async function close(): Promise<void> {
    if (pinger) clearInterval(pinger);
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of [...apiSockets]) socket.close(API_CLOSE.goingAway, 'the host is stopping');
    server.closeIdleConnections();
    // Also the upgraded ones, which the server itself does not count as its own.
    const cutRest = setTimeout(() => connections.forEach((socket) => socket.destroy()), CLOSE_GRACE_MS);
    await closed;
    clearTimeout(cutRest);
  }

  return {
    listen,
    close,
    disconnectOperator: (operatorId) => cut((socket) => socket.operatorId() === operatorId),
    disconnectSessions,
    refreshSession(sessionId) {
      for (const socket of [...apiSockets]) if (sessionId === null || socket.sessionId === sessionId) socket.refresh();
    },
    connectedOperators() {
      const operators = [...apiSockets].map((socket) => socket.operatorId()).filter((id) => id !== null);
      return [...new Set(operators)].sort();
    },
  };
}

/** The path alone, or null when the request's target is not a path of ours (a proxy's form, or none). */
function pathOf(request: IncomingMessage): string | null {
  const target = request.url ?? '';
  return target.startsWith('/') ? (target.split(/[?#]/, 1)[0] ?? null) : null;
}

function sentenceFor(cause: NodeJS.ErrnoException, at: { port: number; host: string }): string {
  if (cause.code === 'EADDRINUSE') return `Port ${at.port} of ${at.host} is already in use. Use another --port, or 0.`;
  if (cause.code === 'EACCES') return `Port ${at.port} of ${at.host} may not be used by this account.`;
  return `Cannot listen on ${at.host}, port ${at.port} (${cause.code ?? cause.message}).`;
}

function nameInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
