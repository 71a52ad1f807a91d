// One document's line to the host: the stock y-websocket client, with our own reconnecting around it.
//
// Invariants
// 1. Every attempt carries a token fetched for it: tokens live shorter than outages.
// 2. What coming back would not mend ends it: 4403, 4404, 4409, 4413, 1003, 1009; 4401 after one fresh token was refused
//    too. Nothing loops against a closed door, and the text stays as it is.
// 3. `unsent` is never false while an edit made here is not known to have reached the host.
//
//   connecting --synced--> synced --closed--> offline --in a while--> connecting
//        \_________________ see invariant 2 __________________> refused (until retry)
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import type { Awareness } from 'y-protocols/awareness';
import { messageYjsSyncStep1, messageYjsSyncStep2, writeSyncStep1 } from 'y-protocols/sync';
import { messageSync, WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import { SYNC_CLOSE } from '../../shared/protocol/wire.ts';
import { backOffMs, pageSchedule, type Schedule } from '../api/connection.ts';
import { type Clocks, unsentLength } from './unsent-words.ts';

export type LinkState =
  | { readonly state: 'connecting' }
  | { readonly state: 'synced' }
  | { readonly state: 'offline'; readonly retryInMs: number }
  | { readonly state: 'refused'; readonly reason: LinkRefusal };

/**
 * `not-yours`: something is written under another device's name, or says something else than the host holds. `full`: the
 * document has reached its largest size. `unfit`: the host cannot read it, or it is too much for one frame.
 */
export type LinkRefusal = 'token' | 'read-only' | 'no-such-document' | 'not-yours' | 'full' | 'unfit';

export interface DocumentLinkOptions {
  readonly document: string;
  /** `ws(s)://HOST/yjs`, or the bridge's own address on the desktop. */
  readonly url: string;
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  /** A short-lived token for this document; undefined where the host gives none; rejects when it is unreachable. */
  readonly getToken: () => Promise<string | undefined>;
  readonly socket?: typeof WebSocket;
  readonly schedule?: Schedule;
  readonly random?: () => number;
  /** Origins of updates that are not edits made here, such as the tab's own storage. */
  readonly isForeign?: (origin: unknown) => boolean;
  readonly onState: (state: LinkState) => void;
  /** Whether edits made here are not known to have reached the host. */
  readonly onUnsent: (unsent: boolean) => void;
}

/** Asks the host what it has; its answer confirms the edits made until then. */
interface Question {
  readonly edits: number;
  readonly clocks: Clocks;
}

export interface DocumentLink {
  /** Says that the document holds edits of an earlier time that may never have reached the host. */
  markUnsent(): void;
  /** How many characters stand here that the host is not known to have. */
  unsentLength(): number;
  /** Tries at once, also after a refusal. */
  retry(): void;
  destroy(): void;
}

const ASK_AFTER_MS = 300;

/** A frame that is too long; RFC 6455, section 7.4.1. */
const TOO_BIG = 1009;

const REFUSALS: ReadonlyMap<number, LinkRefusal> = new Map<number, LinkRefusal>([
  [SYNC_CLOSE.readOnly, 'read-only'],
  [SYNC_CLOSE.noSuchDocument, 'no-such-document'],
  [SYNC_CLOSE.notYours, 'not-yours'],
  [SYNC_CLOSE.full, 'full'],
  [SYNC_CLOSE.malformed, 'unfit'],
  [TOO_BIG, 'unfit'],
]);

export function createDocumentLink(options: DocumentLinkOptions): DocumentLink {
  const { doc, awareness, getToken, schedule = pageSchedule, random = Math.random, onState, onUnsent } = options;
  const link = new WebsocketProvider(options.url, options.document, doc, {
    connect: false,
    awareness,
    disableBc: true, // pages of one browser would otherwise sync behind the host's back
    shouldReconnect: () => false, // invariant 1: the reconnecting is ours
    ...(options.socket && { WebSocketPolyfill: options.socket }),
  });
  let attempt = 0;
  let round = 0; // counts connection attempts, so that a late answer to an old one is known as such
  let tokenRefused = false;
  let destroyed = false;
  let state: LinkState = { state: 'connecting' };
  let cancelRetry = (): void => {};

  // What the host is known to have, counted in edits made here. y-websocket has no acknowledgement; but a socket keeps
  // its order, so an answer to a question sent after an edit proves that the edit was taken before it.
  let edits = 0;
  let confirmed = 0;
  let toldUnsent = false;
  let questions: (Question | undefined)[] = [];
  /** The same by client id and clock: what the host said or sent, and what it confirmed. */
  const held = new Map<number, number>();
  let hostHasAsked = false;
  let cancelAsk: (() => void) | undefined;

  function change(next: LinkState): void {
    state = next;
    onState(next);
  }

  function tellUnsent(): void {
    const unsent = edits > confirmed;
    if (unsent === toldUnsent) return;
    toldUnsent = unsent;
    onUnsent(unsent);
  }

  async function connect(): Promise<void> {
    cancelRetry();
    const mine = ++round;
    change({ state: 'connecting' });
    let token: string | undefined;
    try {
      token = await getToken();
    } catch {
      if (mine === round && !destroyed) waitAndRetry();
      return;
    }
    if (mine !== round || destroyed) return;
    if (token === undefined) {
      change({ state: 'refused', reason: 'token' });
      return;
    }
    link.params = { token };
    questions = [undefined]; // the provider's own first question, sent before anything of ours
    hostHasAsked = false;
    link.connect();
  }

  function waitAndRetry(): void {
    const retryInMs = backOffMs(attempt, random());
    attempt += 1;
    cancelRetry = schedule(() => void connect(), retryInMs);
    change({ state: 'offline', retryInMs });
  }

  function closed(code: number): void {
    link.shouldConnect = false; // also after the provider gave a silent socket up by itself
    cancelAsk?.();
    cancelAsk = undefined;
    if (destroyed) return;
    const reason = REFUSALS.get(code);
    if (reason !== undefined) change({ state: 'refused', reason });
    else if (code === SYNC_CLOSE.badToken && tokenRefused) change({ state: 'refused', reason: 'token' });
    else if (code === SYNC_CLOSE.badToken) {
      tokenRefused = true;
      // After this close is dealt with: the provider still holds the socket while it tells us.
      queueMicrotask(() => void (destroyed || connect()));
    } else waitAndRetry();
  }

  /** Asks what the host has; its answer confirms every edit made until now. */
  function askHost(): void {
    cancelAsk = undefined;
    if (!link.wsconnected || link.ws?.readyState !== 1 || !hostHasAsked || confirmed === edits) return;
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, messageSync);
    writeSyncStep1(encoder, doc);
    questions.push({ edits, clocks: Y.decodeStateVector(Y.encodeStateVector(doc)) });
    link.ws.send(encoding.toUint8Array(encoder));
  }

  function hold(clocks: Iterable<readonly [number, number]>): void {
    for (const [client, clock] of clocks) held.set(client, Math.max(held.get(client) ?? 0, clock));
  }

  const readSync = link.messageHandlers[messageSync];
  link.messageHandlers[messageSync] = (encoder, decoder, provider, emitSynced, messageType) => {
    const start = decoder.pos;
    const kind = decoding.readVarUint(decoder);
    if (kind === messageYjsSyncStep1) {
      held.clear(); // a host that was restored from a backup may have less than it once confirmed
      hold(Y.decodeStateVector(decoding.readVarUint8Array(decoder)));
    }
    decoder.pos = start;
    readSync?.(encoder, decoder, provider, emitSynced, messageType);
    if (kind === messageYjsSyncStep1) {
      hostHasAsked = true;
      // Our answer, with everything the host lacks, leaves when this handler returns; the question goes after it.
      queueMicrotask(askHost);
    } else if (kind === messageYjsSyncStep2) {
      const answered = questions.shift();
      if (answered !== undefined) {
        confirmed = Math.max(confirmed, answered.edits);
        hold(answered.clocks);
      }
      tellUnsent();
      if (edits > confirmed) cancelAsk ??= schedule(askHost, ASK_AFTER_MS);
    }
  };

  function updated(_update: Uint8Array, origin: unknown): void {
    if (origin === link || options.isForeign?.(origin)) return;
    edits += 1;
    tellUnsent();
    if (state.state === 'synced') cancelAsk ??= schedule(askHost, ASK_AFTER_MS);
  }

  /** What came from the host is there, too. */
  function brought({ origin, beforeState, afterState }: Y.Transaction): void {
    if (origin !== link) return;
    for (const [client, clock] of afterState) if ((beforeState.get(client) ?? 0) < clock) hold([[client, clock]]);
  }

  doc.on('update', updated);
  doc.on('afterTransaction', brought);
  link.on('sync', (synced) => {
    if (!synced) return;
    attempt = 0;
    tokenRefused = false;
    change({ state: 'synced' });
  });
  link.on('connection-close', (event) => closed(event?.code ?? 1006));
  void connect();

  return {
    markUnsent() {
      edits += 1;
      tellUnsent();
      askHost();
    },
    unsentLength: () => unsentLength(doc, held),
    retry() {
      if (destroyed || state.state === 'synced' || state.state === 'connecting') return;
      attempt = 0;
      tokenRefused = false;
      void connect();
    },
    destroy() {
      if (destroyed) return;
      destroyed = true;
      cancelRetry();
      cancelAsk?.();
      doc.off('update', updated);
      doc.off('afterTransaction', brought);
      link.destroy();
    },
  };
}
