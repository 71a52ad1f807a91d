import { registerHooks } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import WebSocket from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import { importFromPeers } from './peers.ts';
import { documentNamed, type Target } from './servers.ts';

const QUIET_MS = 300;
const LONGEST_MS = 60_000;
const CHUNK = 20;

/** A stock client: y-websocket's own provider, or Hocuspocus' own where the server is Hocuspocus. */
export interface Client {
  readonly doc: Y.Doc;
  readonly text: Y.Text;
  connect(): void;
  disconnect(): void;
  onSynced(handler: () => void): void;
  destroy(): void;
}

interface StockProvider {
  readonly awareness: { setLocalStateField(name: string, value: unknown): void };
  connect(): unknown;
  disconnect(): void;
  on(event: 'synced', handler: (synced: boolean | { state: boolean }) => void): unknown;
  on(event: 'sync', handler: (synced: boolean) => void): unknown;
  destroy(): void;
}

type HocuspocusProvider = new (settings: object) => StockProvider;

let framesReceived = 0;
let socketsOpen = 0;
/** Of the last socket that a server closed, for whoever reads why a run broke off. */
let lastClose = 'none';

/** The same socket for every client of every server; it also tells when nothing moves any more. */
class CountedSocket extends WebSocket {
  constructor(...args: ConstructorParameters<typeof WebSocket>) {
    super(...args);
    this.on('message', () => (framesReceived += 1));
    this.on('open', () => {
      socketsOpen += 1;
      this.on('close', (code, reason) => {
        socketsOpen -= 1;
        lastClose = `${String(code)} ${reason.toString()}`;
      });
    });
  }
}

/** Builds clients of one server. All of them, of whichever kind, run on the same Yjs. */
export async function createClients({ kind, port }: Target) {
  const Provider = kind === 'hocuspocus' ? await loadHocuspocus() : null;
  const url = `ws://127.0.0.1:${port}/yjs`;

  function create(document: string, number: number): Client {
    const doc = new Y.Doc();
    const token = `client-${number}`;
    const provider =
      Provider === null
        ? new WebsocketProvider(url, document, doc, {
            WebSocketPolyfill: CountedSocket as unknown as typeof globalThis.WebSocket,
            params: { token },
            disableBc: true,
          })
        : new Provider({ url, name: document, document: doc, token, WebSocketPolyfill: CountedSocket });
    const stock: StockProvider = provider;
    stock.awareness.setLocalStateField('user', { name: token, color: '#0b6e99' });
    return {
      doc,
      text: doc.getText('text'),
      connect: () => void stock.connect(),
      disconnect: () => stock.disconnect(),
      onSynced(handler): void {
        if (Provider === null) stock.on('sync', (synced) => synced && handler());
        else stock.on('synced', () => handler());
      },
      destroy(): void {
        stock.destroy();
        doc.destroy();
      },
    };
  }

  /** Some at a time, each lot when the one before is connected, until all are and nothing moves any more. */
  async function connectMany(document: string, count: number, firstNumber = 0): Promise<readonly Client[]> {
    const clients: Client[] = [];
    const before = socketsOpen;
    while (clients.length < count) {
      for (let lot = Math.min(CHUNK, count - clients.length); lot > 0; lot -= 1) {
        clients.push(create(document, firstNumber + clients.length));
      }
      await until(() => socketsOpen >= before + clients.length, 'connecting');
    }
    await settled();
    return clients;
  }

  /** A short visit elsewhere, so that both programs have done all of this once. */
  async function warmUp(): Promise<void> {
    const client = create(documentNamed('warm'), 800);
    await new Promise<void>((resolve) => client.onSynced(resolve));
    client.text.insert(0, 'warm');
    client.destroy();
    await allCut();
  }

  return { create, connectMany, warmUp };
}

/** Until no client has received a frame for a while: everybody knows everybody, and the server has nothing left to do. */
export async function settled(quietMs = QUIET_MS): Promise<void> {
  const startedAt = performance.now();
  let received = -1;
  while (received !== framesReceived && performance.now() - startedAt < LONGEST_MS) {
    received = framesReceived;
    await wait(quietMs);
  }
}

export async function allCut(): Promise<void> {
  await until(() => socketsOpen === 0, 'cutting');
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const startedAt = performance.now();
  while (!holds()) {
    if (performance.now() - startedAt > LONGEST_MS) {
      throw new Error(`${what} took more than a minute; ${String(socketsOpen)} sockets open, last close: ${lastClose}`);
    }
    await wait(5);
  }
}

/** Hocuspocus' client from the peers' package, on our Yjs: two copies of Yjs in one process refuse each other's types. */
async function loadHocuspocus(): Promise<HocuspocusProvider> {
  registerHooks({
    resolve: (name, context, next) =>
      /^(yjs|lib0|y-protocols)(\/|$)/.test(name)
        ? next(name, { ...context, parentURL: import.meta.url })
        : next(name, context),
  });
  return ((await importFromPeers('@hocuspocus/provider')) as { HocuspocusProvider: HocuspocusProvider })
    .HocuspocusProvider;
}
