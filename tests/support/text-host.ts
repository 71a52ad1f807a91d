import * as decoding from 'lib0/decoding';
import * as Y from 'yjs';
import { DeviceId, instant, OperatorId, Sha256Hex } from '../../shared/base/ids.ts';
import { isSoundTextBatch, type TextBatch } from '../../shared/log/text-batch.ts';
import type { DocumentStore, TextLog, TextTaken } from '../../src-main/commands/ports.ts';
import type { MayCarry } from '../../src-main/host/sync/batches-of-hosts.ts';
import type { MassDeletion } from '../../src-main/host/sync/deletion-watch.ts';
import { answerFrame, stateVectorFrame, updateFrame } from '../../src-main/host/sync/frames.ts';
import { createSyncService, type SyncService } from '../../src-main/host/sync/sync-service.ts';
import type { SyncLimits } from '../../src-main/host/sync/sync-socket.ts';
import { verifyEd25519 } from '../../src-main/identity/ed25519.ts';
import { signerOf } from './log-fixtures.ts';
import { createMemoryDocumentStore, type MemoryDocumentStore } from './memory-document-store.ts';
import { createMemoryTextLog } from './memory-text-log.ts';

export const TEXT = 'workspace/notes';
export const WORKSPACE = Sha256Hex.parse('b'.repeat(64));

export interface TextHostOptions {
  /** How far its clock is ahead of the others', in ms. */
  readonly aheadMs?: number;
  readonly limits?: Partial<SyncLimits>;
  readonly mayCarry?: MayCarry;
  readonly files?: { readonly store: DocumentStore; readonly texts: TextLog };
  /** Time that all hosts share, in ms. */
  readonly time: { now: number };
}

/** A host with one document, its pages, and what it gives to others. No network, no time of its own. */
export function createTextHost(name: string, options: TextHostOptions) {
  const memory = options.files ? null : createMemoryDocumentStore();
  const { store, texts } = options.files ?? inMemory(memory);
  const signer = signerOf(name);
  const grown: string[] = [];
  const massDeletions: MassDeletion[] = [];
  const failures: unknown[] = [];
  const timers = new Set<() => void>();
  const service = createSyncService({
    directory: { find: (document) => (document === TEXT ? { store, texts } : null) },
    clock: { now: () => instant(options.time.now + (options.aheadMs ?? 0)) },
    log: { warn: () => undefined, error: () => undefined },
    deviceId: DeviceId.parse(`host:${name}`),
    limits: options.limits ?? {},
    schedule(_, act) {
      timers.add(act);
      return () => void timers.delete(act);
    },
    onTextGrown: (document) => void grown.push(document),
    onMassDeletion: (deletion) => void massDeletions.push(deletion),
    onStorageFailure: (cause) => void failures.push(cause),
    mayCarry: options.mayCarry ?? (() => true),
  });
  const waiting: TextBatch[] = [];

  /** As a replica does: what waits is brought again after every batch that was taken. */
  async function bring(batch: TextBatch): Promise<TextTaken> {
    if (!isSoundTextBatch(batch, verifyEd25519)) throw new Error('a batch that was tampered with goes no further');
    const taken = await service.takeBatch(TEXT, batch);
    if (taken.type === 'Waits') waiting.push(batch);
    if (taken.type === 'Taken') for (const again of waiting.splice(0)) await bring(again);
    return taken;
  }

  return {
    name,
    signer,
    store,
    texts,
    service,
    grown,
    massDeletions,
    failures,
    waiting,
    /** As a full disk does: null again for room. Of a host in memory. */
    fail(cause: Error | null): void {
      if (memory !== null) memory.failAppend = cause;
    },
    seal: (limit?: number): readonly TextBatch[] => {
      service.flush();
      return texts.seal(TEXT, signer, WORKSPACE, limit);
    },
    bring,
    page: (operator: string, device = `${name}-${operator}`) => createTextPage(service, operator, device),
    text: (): string | undefined => service.textOf(TEXT)?.text,
    words: () => service.textOf(TEXT),
    /** Everybody has left for long: documents go out of memory. */
    idle(): void {
      for (const act of [...timers]) {
        timers.delete(act);
        act();
      }
    },
    /** How it read at a moment, by the pieces that are stored. */
    wordsAt(at: number): unknown {
      const doc = new Y.Doc();
      for (const piece of store.stateAt(TEXT, instant(at))) Y.applyUpdate(doc, piece);
      const words = wordsOf(doc);
      doc.destroy();
      return words;
    },
  };
}

export type TextHost = ReturnType<typeof createTextHost>;

function inMemory(store: MemoryDocumentStore | null) {
  if (store === null) throw new Error('a host has one store');
  return { store, texts: createMemoryTextLog(store) };
}

export function wordsOf(doc: Y.Doc): { readonly text: string; readonly variants: Readonly<Record<string, string>> } {
  const variants: Record<string, string> = {};
  for (const [channel, variant] of doc.getMap('variants')) {
    if (variant instanceof Y.Text) variants[channel] = variant.toString();
  }
  return { text: doc.getText('text').toString(), variants };
}

/** A stock page: what it writes waits until it is online, and reaches the host with the next turn. */
function createTextPage(service: SyncService, operator: string, device: string) {
  const doc = new Y.Doc();
  const state = { closed: null as number | null, online: false };
  let receive: (frame: Uint8Array) => void = () => undefined;
  let end: () => void = () => undefined;
  doc.on('update', (update: Uint8Array, origin) => {
    if (origin !== 'host' && state.online) receive(updateFrame(update));
  });

  function read(frame: Uint8Array): void {
    const decoder = decoding.createDecoder(frame);
    if (decoding.readVarUint(decoder) !== 0) return;
    const kind = decoding.readVarUint(decoder);
    const data = decoding.readVarUint8Array(decoder);
    if (kind === 0) receive(answerFrame(Y.encodeStateAsUpdate(doc, data)));
    else Y.applyUpdate(doc, data, 'host');
  }

  function connect(): void {
    if (state.online) return;
    state.online = true;
    state.closed = null;
    const peer = {
      operatorId: OperatorId.parse(operator),
      deviceId: DeviceId.parse(`browser:${device}`),
      name: operator,
      role: 'Communications',
      mayWrite: true,
    };
    const early: Uint8Array[] = [];
    let ready = false;
    service.connect(
      {
        send: (frame) => void (ready ? read(frame) : early.push(frame)),
        close(code) {
          state.closed = code;
          state.online = false;
        },
        onMessage: (handler) => (receive = handler),
        onClose: (handler) => (end = handler),
      },
      TEXT,
      peer,
    );
    ready = true;
    receive(stateVectorFrame(Y.encodeStateVector(doc)));
    early.forEach(read);
    service.flush();
  }

  connect();
  return {
    doc,
    state,
    connect,
    leave(): void {
      if (!state.online) return;
      service.flush();
      state.online = false;
      end();
    },
    insert(at: number, words: string): void {
      doc.getText('text').insert(at, words);
      service.flush();
    },
    text: (): string => doc.getText('text').toString(),
  };
}

export type TextPage = ReturnType<typeof createTextPage>;
