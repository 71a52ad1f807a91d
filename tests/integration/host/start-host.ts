import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { instant, OperatorId } from '../../../shared/base/ids.ts';
import { err, ok } from '../../../shared/base/result.ts';
import type { HostFrame } from '../../../shared/protocol/wire.ts';
import type { Api, Caller } from '../../../src-main/commands/ports.ts';
import { createHttpHost, type HttpHostDeps } from '../../../src-main/host/http-host.ts';
import { createAccess } from '../../../src-main/identity/access.ts';
import { openAccessDatabase } from '../../../src-main/identity/access-database.ts';
import { verifyEd25519 } from '../../../src-main/identity/ed25519.ts';
import { asStorageFailure } from '../../../src-main/store/storage-failure.ts';

export const ana = OperatorId.parse('ana');
export const ben = OperatorId.parse('ben');

const PAGE = '<!doctype html><meta name="csp-nonce" content="__NONCE__"><title>Firebreak</title>';

/** An API that can be watched: it answers with who asked, and hands out the push function of every subscription. */
export function watchedApi() {
  const calls: { caller: Caller; endpoint: string; input: unknown }[] = [];
  const pushes: ((payload: unknown) => void)[] = [];
  const ended: string[] = [];
  const waiting: (() => void)[] = [];
  const api: Api = {
    async invoke(caller, endpoint, input) {
      calls.push({ caller, endpoint, input });
      if (endpoint === 'throws') throw new Error('a secret detail');
      if (endpoint === 'nothing') return ok(undefined);
      if (endpoint === 'large') return ok('x'.repeat(Number(input)));
      if (endpoint === 'waits') await new Promise<void>((resolve) => waiting.push(resolve));
      return ok({ operatorId: caller.operatorId, input });
    },
    subscribe(caller, topic, _params, push) {
      if (topic === 'throws') throw new Error('a secret detail');
      if (topic === 'no-such') return err({ code: 'NoSuchTopic', message: 'There is no such topic.' });
      pushes.push(push);
      push({ first: true, operatorId: caller.operatorId });
      return ok(() => void ended.push(topic));
    },
  };
  return { api, calls, pushes, ended, waiting };
}

export async function startHost(options: Partial<HttpHostDeps> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-host-'));
  const rendererRoot = join(folder, 'renderer');
  mkdirSync(join(rendererRoot, 'assets'), { recursive: true });
  mkdirSync(join(rendererRoot, '.hidden'));
  writeFileSync(join(rendererRoot, 'index.html'), PAGE);
  writeFileSync(join(rendererRoot, 'assets', 'index-Ab12_cd3.js'), 'export {};');
  writeFileSync(join(rendererRoot, 'plain.js'), 'export {};');
  writeFileSync(join(rendererRoot, 'room.db'), 'not part of the page');
  writeFileSync(join(rendererRoot, '.hidden', 'secret.json'), '{"secret":true}');
  writeFileSync(join(folder, 'outside.json'), '{"secret":true}');
  symlinkSync(join(folder, 'outside.json'), join(rendererRoot, 'link.json'));

  const db = openAccessDatabase(join(folder, 'keys'));
  if (!db.ok) throw new Error(db.error.detail);
  let now = 1_750_000_000_000;
  const clock = { now: () => instant(now) };
  const access = createAccess(db.value, { clock, randomBytes });
  const logLines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void logLines.push(line) });
  const syncRequests: { url: string | undefined; cookie: string | undefined }[] = [];
  const syncServer = new WebSocketServer({ noServer: true });
  const watched = watchedApi();
  let connectionChanges = 0;
  const host = createHttpHost({
    rendererRoot,
    api: watched.api,
    access,
    clock,
    log,
    webhooks: () => null,
    verifier: verifyEd25519,
    diskTroubleOf: (cause) => asStorageFailure(cause)?.cause ?? null,
    workspaceId: () => null,
    sync: {
      handleUpgrade(request, socket, head) {
        syncRequests.push({ url: request.url, cookie: request.headers.cookie });
        syncServer.handleUpgrade(request, socket, head, (client) => client.send('synced'));
      },
    },
    onConnectionsChanged: () => (connectionChanges += 1),
    ...options,
  });
  const { url, port } = await host.listen({ port: 0, host: '127.0.0.1' });

  onTestFinished(async () => {
    await host.close();
    access.close();
    rmSync(folder, { recursive: true });
  });

  /** Signs in the way the page does; returns the cookie as a browser would send it. */
  async function signIn(token = access.issueToken(ana)): Promise<string> {
    const answer = await ask(port, { method: 'POST', path: '/session', body: JSON.stringify({ token }) });
    return cookieOf(answer.headers);
  }

  function openApi(headers: Record<string, string>): ReturnType<typeof openSocket> {
    return openSocket(`ws://127.0.0.1:${port}/api`, headers);
  }

  return {
    ...watched,
    host,
    url,
    port,
    access,
    folder,
    logLines,
    syncRequests,
    signIn,
    openApi,
    pass: (ms: number) => void (now += ms),
    connectionChanges: () => connectionChanges,
    /** A page that is signed in. */
    openPage: async (token?: string) => openApi({ cookie: await signIn(token), origin: url }),
  };
}

export function cookieOf(headers: IncomingHttpHeaders): string {
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request with exactly these headers: `fetch` would not let a test lie about its Host. */
export function ask(
  port: number,
  options: { method?: string; path: string; headers?: Record<string, string>; body?: string },
): Promise<Answer> {
  const { method = 'GET', path, headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent: false,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => (text += piece));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A socket whose frames can be awaited one by one; `outcome` is 'open', or the status that refused the upgrade. */
export function openSocket(address: string, headers: Record<string, string>) {
  const socket = new WebSocket(address, { headers });
  const arrived: HostFrame[] = [];
  const awaited: ((frame: HostFrame) => void)[] = [];
  const outcome = new Promise<'open' | number>((resolve) => {
    socket.once('open', () => resolve('open'));
    socket.once('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
  });
  const closed = new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)));
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer) => {
    const text = data.toString('utf8');
    if (!text.startsWith('{')) return;
    const frame = JSON.parse(text) as HostFrame;
    const waiter = awaited.shift();
    if (waiter) waiter(frame);
    else arrived.push(frame);
  });
  return {
    socket,
    outcome,
    closed,
    next(): Promise<HostFrame> {
      const frame = arrived.shift();
      return frame ? Promise.resolve(frame) : new Promise((resolve) => awaited.push(resolve));
    },
    send: (frame: unknown) => socket.send(JSON.stringify(frame)),
  };
}
