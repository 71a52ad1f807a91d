/**
 * The door for browsers: the page's files, sign-in, the API socket, the way to the sync endpoint; for webhooks, and for
 * other hosts.
 *
 * 1. No request is looked at before its `Host` is known to be ours, none with a foreign `Origin` at all.
 * 2. A cookie alone never opens a socket or changes anything: there has to be our own `Origin` with it.
 * 3. Neither tokens, nor cookies, nor query strings reach the log.
 * 4. What is for other hosts is for no browser: any `Origin` is refused there, our own included.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { OperatorId, Sha256Hex } from '../../shared/base/ids.ts';
import { invariant } from '../../shared/base/invariant.ts';
import type { SignatureVerifier } from '../../shared/log/signing.ts';
import type { Api, Clock } from '../commands/ports.ts';
import { API_CLOSE, serveApiSocket, type ApiSocket } from './api-socket.ts';
import { createDoorServer, type HostCertificate } from './door-server.ts';
import { diskTroubleAnswer, type DiskTroubleOf } from './disk-trouble.ts';
import type { HostLog } from './host-log.ts';
import { createHostNames, type HostNames } from './host-names.ts';
import { type JsonAnswer, notAllowed, tooOften } from './json-answer.ts';
import { createByteLimit, createFailureLimit, createRequestLimit } from './rate-limit.ts';
import { refuse, refuseUpgrade, sendFile, sendJson } from './responses.ts';
import { STRICT_TRANSPORT } from './security-headers.ts';
import type { DoorSession, SessionAccess } from './session-access.ts';
import { createSessionChallenges } from './session-challenges.ts';
import { readSessionCookie } from './session-cookie.ts';
import { answerSession } from './session-routes.ts';
import { createStaticFiles } from './static-files.ts';
import { createWebhookRoute, WEBHOOK_PATH, type WebhookReceiver } from './webhook-route.ts';

/** Takes over the upgrades at `/yjs/...` and checks their token. It sees a cookie only when our own page sent it. */
export interface SyncEndpoint {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Takes over the upgrades at `/replica`, which come from other hosts. It never sees one that a browser asked for. */
export interface ReplicaEndpoint {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Answers `POST /enrol` of another host. A refusal slows its address down, as a bad link does. */
export type EnrolEndpoint = (request: IncomingMessage) => Promise<JsonAnswer>;

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
  /** The SHA-256 of the certificate that is shown now; null where there is no TLS. */
  certificate(): Sha256Hex | null;
  /** Shows another certificate from the next connection on. Only for a host that has TLS. */
  renewCertificate(certificate: HostCertificate): void;
}

export interface HttpHostDeps {
  readonly rendererRoot: string;
  readonly api: Api;
  readonly access: SessionAccess;
  readonly sync: SyncEndpoint;
  readonly webhooks: WebhookReceiver;
  readonly replica?: ReplicaEndpoint;
  readonly enrol?: EnrolEndpoint;
  /** Null, or absent: plain HTTP. */
  readonly certificate?: HostCertificate | null;
  readonly verifier: SignatureVerifier;
  readonly diskTroubleOf: DiskTroubleOf;
  /** The organisation on this host, for challenges; null before there is one. */
  readonly workspaceId: () => Sha256Hex | null;
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
  readonly apiSocketsPerDevice: number;
  readonly apiBytesPerDeviceAndMinute: number;
  readonly pingEveryMs: number;
  readonly headersTimeoutMs: number;
}

const DEFAULT_LIMITS: HostLimits = {
  connections: 4096,
  apiSocketsPerOperator: 128,
  apiSocketsPerDevice: 48,
  // A dozen captures of the largest kind; what people press and write is a thousandth of that.
  apiBytesPerDeviceAndMinute: 64 * 1024 * 1024,
  pingEveryMs: 15_000,
  headersTimeoutMs: 10_000,
};

/** Evidence of up to 4 MiB arrives here in base64, inside JSON. */
const MOST_FRAME_BYTES = 8 * 1024 * 1024;
const CLOSE_GRACE_MS = 1000;
/** A page asks once when it is loaded and at each loss of its host; a floor of machines may share one address. */
const CHALLENGES = { perSecond: 20, atOnce: 200 };

export function createHttpHost(deps: HttpHostDeps): HttpHost {
  const { access, log } = deps;
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  const files = createStaticFiles(deps.rendererRoot);
  const failures = createFailureLimit(deps.clock);
  const challengeLimit = createRequestLimit(deps.clock, CHALLENGES);
  const byteLimit = createByteLimit(deps.clock, limits.apiBytesPerDeviceAndMinute);
  const door = createDoorServer(deps.certificate ?? null, limits.headersTimeoutMs);
  const { server } = door;
  const challenges = createSessionChallenges(deps.clock, () => ({
    workspaceId: deps.workspaceId(),
    certificate: door.certificate()?.fingerprint ?? null,
  }));
  const answerWebhook = createWebhookRoute(deps.clock, deps.webhooks);
  const apiSockets = new Set<ApiSocket>();
  const deviceBySocket = new Map<ApiSocket, DoorSession['deviceId']>();
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
    const certificate = door.certificate();
    if (certificate && !certificate.selfSigned && !/^localhost(:|$)/.test(host))
      for (const [name, value] of Object.entries(STRICT_TRANSPORT)) response.setHeader(name, value);

    if (path === '/session')
      return sendJson(response, await unlessDiskRefuses(path, answerSession(request, origin, sessionDeps())));
    if (path === '/enrol') {
      if (origin !== 'absent') return refuse(response, 403, 'Only other hosts are answered here.');
      if (!deps.enrol) return refuse(response, 404, 'There is nothing at this address.');
      return sendJson(response, await unlessDiskRefuses(path, answerEnrol(request, deps.enrol)));
    }
    if (path.startsWith(WEBHOOK_PATH)) return sendJson(response, await answerWebhook(request, path));
    if (path === '/api' || path === '/replica' || path.startsWith('/yjs/'))
      return refuse(response, 426, 'Only a WebSocket is served here.');
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'Use GET here.');
    const file = await files.find(path);
    if (!file) return refuse(response, 404, 'There is nothing at this address.');
    const page = { host, encrypted: certificate !== null };
    sendFile(response, file, { page, withBody: request.method === 'GET' });
  }

  async function unlessDiskRefuses(path: string, answered: Promise<JsonAnswer>): Promise<JsonAnswer> {
    try {
      return await answered;
    } catch (cause) {
      const trouble = deps.diskTroubleOf(cause);
      if (trouble === null) throw cause;
      log.error({ err: cause, path }, 'the disk refused');
      return diskTroubleAnswer(trouble);
    }
  }

  function sessionDeps(): Parameters<typeof answerSession>[2] {
    return {
      access,
      failures,
      challenges,
      challengeLimit,
      verifier: deps.verifier,
      clock: deps.clock,
      port,
      onSignedOut: (sessionId) => void disconnectSessions([sessionId]),
      onRenewed: (sessionId) => comeAgain(sessionId),
    };
  }

  async function answerEnrol(request: IncomingMessage, enrol: EnrolEndpoint): Promise<JsonAnswer> {
    const address = request.socket.remoteAddress ?? 'unknown';
    const waitMs = failures.waitMs(address);
    if (waitMs > 0) return tooOften('TooManyAttempts', 'Too many invites that did not work. Try again', waitMs);
    if (request.method !== 'POST') return notAllowed('POST', 'Use POST here.');
    const answer = await enrol(request);
    if (answer.status >= 400 && answer.status < 500) failures.failed(address);
    else if (answer.status < 300) failures.succeeded(address);
    return answer;
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
    if (path === '/replica' && deps.replica) {
      if (origin !== 'absent') return refuseUpgrade(socket, '403 Forbidden');
      delete request.headers.cookie;
      return deps.replica.handleUpgrade(request, socket, head);
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
      // Before the frames are looked at: what is too much is not worked on any more.
      socket.on('message', (data: Buffer) => {
        if (!byteLimit.take(session.deviceId, data.length)) apiSocket.close(API_CLOSE.tooMuch, 'too much at once');
      });
      const apiSocket = serveApiSocket(socket, {
        api: deps.api,
        session,
        sessionById: (id) => access.sessionById(id),
        log,
        onOperatorChanged: changed,
        onClosed: () => {
          apiSockets.delete(apiSocket);
          deviceBySocket.delete(apiSocket);
          changed();
        },
      });
      apiSockets.add(apiSocket);
      deviceBySocket.set(apiSocket, session.deviceId);
      changed();
    });
  }

  function hasRoomFor(session: DoorSession): boolean {
    const ofDevice = [...deviceBySocket.values()].filter((deviceId) => deviceId === session.deviceId);
    if (ofDevice.length >= limits.apiSocketsPerDevice || !byteLimit.hasLeft(session.deviceId)) return false;
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

  /** What was opened by an earlier cookie must not outlive it. */
  function comeAgain(sessionId: string): void {
    for (const socket of [...apiSockets])
      if (socket.sessionId === sessionId) socket.closeWhenIdle(API_CLOSE.comeAgain, 'the session was renewed');
  }

  async function listen(at: { port: number; host: string }): Promise<{ url: string; port: number }> {
    await new Promise<void>((resolve, reject) => {
      const failed = (cause: NodeJS.ErrnoException): void => reject(new Error(sentenceFor(cause, at), { cause }));
      server.once('error', failed);
      // Named here and not after the event: the first connection may be in the same turn.
      server.listen(at.port, at.host, () => {
        server.off('error', failed);
        port = (server.address() as AddressInfo).port;
        names = createHostNames(
          { host: at.host, port, encrypted: door.certificate() !== null },
          deps.allowedHosts ?? [],
        );
        resolve();
      });
    });
    pinger = setInterval(() => {
      for (const socket of [...apiSockets]) socket.ping();
    }, limits.pingEveryMs);
    const url = `${door.certificate() ? 'https' : 'http'}://${nameInUrl(at.host)}:${port}`;
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
    certificate: () => door.certificate()?.fingerprint ?? null,
    renewCertificate: (next) => door.renew(next),
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
