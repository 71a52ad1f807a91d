import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import WebSocket from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import { DeviceId, instant, OperatorId } from '../../shared/base/ids.ts';
import type { DocumentStore, SyncPeer } from '../../src-main/commands/ports.ts';
import type { MassDeletion } from '../../src-main/host/sync/deletion-watch.ts';
import type { SyncLimits } from '../../src-main/host/sync/sync-socket.ts';
import { createSyncService } from '../../src-main/host/sync/sync-service.ts';
import { createSyncUpgrade } from '../../src-main/host/sync/upgrade.ts';

export const NOTES = 'workspace/notes';
export const STATEMENT = 'glasgow-2013/statement/holding-1';

/** Tokens are the operators' names here; `observer` may only read. */
const TOKENS = ['anna', 'ben', 'cleo', 'observer'];

export function peerOf(token: string): SyncPeer {
  return {
    operatorId: OperatorId.parse(token),
    deviceId: DeviceId.parse(`token:${token}`),
    name: `${token} of the host`,
    role: 'Communications',
    mayWrite: token !== 'observer',
  };
}

/** What waits longer than this waits for somebody to be idle: `idle()` runs it. */
const IDLE_MS = 30_000;

export interface SyncHostOptions {
  readonly stores: ReadonlyMap<string, DocumentStore>;
  readonly limits?: Partial<SyncLimits>;
  readonly onMassDeletion?: (deletion: MassDeletion) => void;
  readonly onStorageFailure?: (cause: unknown) => void;
  readonly onStorageRecovery?: () => void;
  readonly port?: number;
}

/** A real HTTP server on the loopback address with the sync endpoint on it. `idle()` runs what waits for idleness. */
export async function startSyncHost({ stores, port = 0, ...options }: SyncHostOptions) {
  const logged: unknown[] = [];
  const waiting = new Set<() => void>();
  let now = 1_700_000_000_000;
  const service = createSyncService({
    ...options,
    directory: {
      find: (document) => {
        const store = stores.get(document);
        return store === undefined ? null : { store };
      },
    },
    clock: { now: () => instant((now += 1)) },
    log: {
      warn: (details, message) => void logged.push([message, details]),
      error: (details, message) => void logged.push([message, details]),
    },
    deviceId: DeviceId.parse('host:under-test'),
    schedule(delayMs, act) {
      if (delayMs < IDLE_MS) {
        const due = now + delayMs;
        const timer = setTimeout(() => {
          now = Math.max(now, due); // or whoever is held up for three seconds would be for three thousand looks
          act();
        }, delayMs);
        return () => clearTimeout(timer);
      }
      waiting.add(act);
      return () => void waiting.delete(act);
    },
  });
  const upgrade = createSyncUpgrade({
    service,
    authorise: (token) =>
      token !== null && TOKENS.includes(token) ? { type: 'Authorised', peer: peerOf(token) } : { type: 'BadToken' },
    ...(options.limits?.frameBytes === undefined ? {} : { frameBytes: options.limits.frameBytes }),
  });
  const server = createServer();
  server.on('upgrade', (request, stream, head) => void upgrade.handleSyncUpgrade(request, stream, head));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const listening = (server.address() as AddressInfo).port;

  return {
    service,
    logged,
    port: listening,
    url: `ws://127.0.0.1:${listening}/yjs`,
    idle(): void {
      for (const act of [...waiting]) {
        waiting.delete(act);
        act();
      }
    },
    /** As a crash does: nothing is settled, nobody is told. */
    async kill(): Promise<void> {
      upgrade.close();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

export type SyncHost = Awaited<ReturnType<typeof startSyncHost>>;

/** The stock client from npm, as a page or a script uses it. */
export function connectStock(url: string, document: string, token: string) {
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(url, document, doc, {
    WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
    params: { token },
    disableBc: true,
    maxBackoffTime: 200,
  });
  const closes: { code: number; reason: string }[] = [];
  provider.on('connection-close', (event) => {
    if (event !== null) closes.push({ code: event.code, reason: event.reason });
  });
  return {
    doc,
    provider,
    closes,
    text: doc.getText('text'),
    destroy(): void {
      provider.destroy();
      doc.destroy();
    },
  };
}

export type StockClient = ReturnType<typeof connectStock>;

/** A socket without a client behind it, to send what no client would. */
export async function connectRaw(url: string, document: string, token: string) {
  const socket = new WebSocket(`${url}/${document}?token=${token}`);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  socket.on('error', () => undefined);
  await once(socket, 'open');
  return { socket, closed };
}
