import * as decoding from 'lib0/decoding';
import * as Y from 'yjs';
import type { SyncPeer } from '../../src-main/commands/ports.ts';
import { CLOSE } from '../../src-main/host/sync/sync-socket.ts';
import type { SyncService } from '../../src-main/host/sync/sync-service.ts';
import type { Draws } from './draws.ts';
import { editAsPage } from './random-edit.ts';
import { createSocketPair, type SocketPair } from './socket-pair.ts';
import { awarenessFrame, STEP_1, STEP_2, syncFrame, UPDATE } from './sync-frames.ts';

export interface HonestClientOptions {
  readonly service: SyncService;
  readonly document: string;
  readonly peer: SyncPeer;
  readonly names: ReadonlySet<string>;
  /** Every edit of its own, in the order in which it made them. */
  readonly onEdit: (update: Uint8Array) => void;
}

/** What the stock client does, with every frame on a string: nothing arrives before `pump`. */
export function createHonestClient({ service, document, peer, names, onEdit }: HonestClientOptions) {
  let doc = new Y.Doc();
  let pair: SocketPair | null = null;
  let presenceClock = 0;
  let isFull = false;

  function connect(): void {
    pair = createSocketPair();
    service.connect(pair.host, document, peer);
    pair.send(syncFrame(STEP_1, Y.encodeStateVector(doc)));
    sendPresence();
  }

  function sendPresence(): void {
    presenceClock += 1;
    const json = JSON.stringify({ user: { name: 'whatever I say' }, cursor: presenceClock });
    pair?.send(awarenessFrame([{ clientId: doc.clientID, clock: presenceClock, json }]));
  }

  function receive(frame: Uint8Array): void {
    const decoder = decoding.createDecoder(frame);
    const type = decoding.readVarUint(decoder);
    if (type === 1) return checkPresence(decoding.readVarUint8Array(decoder));
    if (type !== 0) throw new Error(`The host sent a frame of type ${type}.`);
    const kind = decoding.readVarUint(decoder);
    const payload = decoding.readVarUint8Array(decoder);
    if (kind === STEP_1) pair?.send(syncFrame(STEP_2, Y.encodeStateAsUpdate(doc, payload)));
    else Y.applyUpdate(doc, payload, 'host');
  }

  /** Nobody else's state reaches a page with a name that the host did not give. */
  function checkPresence(payload: Uint8Array): void {
    const decoder = decoding.createDecoder(payload);
    for (let left = decoding.readVarUint(decoder); left > 0; left--) {
      decoding.readVarUint(decoder);
      decoding.readVarUint(decoder);
      const state = JSON.parse(decoding.readVarString(decoder)) as { user: { name: string } } | null;
      if (state !== null && !names.has(state.user.name)) throw new Error(`A cursor is named ${state.user.name}.`);
    }
  }

  function begin(clientId: number): void {
    doc.destroy();
    doc = new Y.Doc();
    doc.clientID = clientId;
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === 'host') return;
      onEdit(update);
      pair?.send(syncFrame(UPDATE, update));
    });
  }

  return {
    begin,
    connect,
    peer,
    doc: (): Y.Doc => doc,
    isOnline: (): boolean => pair !== null,
    edit(draws: Draws): void {
      if (isFull) return;
      editAsPage(draws, doc);
      if (draws.chance(0.3)) sendPresence();
    },
    /** Takes in what has come; true when there was something. Throws when the host has turned it away. */
    pump(mayBeSentAway: boolean): boolean {
      if (pair === null) return false;
      pair.pump();
      const frames = pair.take();
      for (const frame of frames) receive(frame);
      const closed = pair.closed();
      if (closed === null) return frames.length > 0;
      pair.pump();
      pair = null;
      // The document has no room left, whoever filled it: what is typed stays in the page. A new one shows the rest.
      if (closed.code === CLOSE.full) isFull = true;
      else if (!mayBeSentAway) {
        throw new Error(`${peer.deviceId} was turned away: ${closed.code} ${closed.reason}`);
      }
      return true;
    },
    /** Goes offline, or for good. What it types meanwhile comes along when it is back. */
    leave(): void {
      pair?.end();
      pair = null;
    },
    isFull: (): boolean => isFull,
    destroy(): void {
      pair?.end();
      pair = null;
      doc.destroy();
    },
  };
}

export type HonestClient = ReturnType<typeof createHonestClient>;
