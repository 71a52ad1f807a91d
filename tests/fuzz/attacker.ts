import * as Y from 'yjs';
import type { SyncPeer } from '../../src-main/commands/ports.ts';
import type { SyncService } from '../../src-main/host/sync/sync-service.ts';
import { mutateBytes } from './byte-mutations.ts';
import type { Draws } from './draws.ts';
import { asV2, drawUpdate, hugeUpdate, NAMED_ATTACKS, type Known } from './hostile-updates.ts';
import { editAnyhow } from './random-edit.ts';
import { createSocketPair, type SocketPair } from './socket-pair.ts';
import { awarenessFrame, stateVector, STEP_1, STEP_2, syncFrame, UPDATE, type AwarenessLine } from './sync-frames.ts';
import { writeUpdate } from './write-update.ts';

export interface HostileFrame {
  readonly what: string;
  readonly frame: Uint8Array | string;
}

/** Frames that went over the wire before, to be repeated, cut up and joined anew. */
export interface Tape {
  readonly frames: readonly Uint8Array[];
  record(frame: Uint8Array): void;
}

const TAPE_LENGTH = 300;

export function createTape(draws: Draws): Tape {
  const frames = recordedFrames(draws);
  const fixed = frames.length;
  return {
    frames,
    record(frame) {
      if (frames.length < fixed + TAPE_LENGTH) frames.push(frame);
      else frames[fixed + draws.below(TAPE_LENGTH)] = frame;
    },
  };
}

/** Two documents with everything that Yjs can hold: their updates, states and differences. */
function recordedFrames(draws: Draws): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const docs = [new Y.Doc(), new Y.Doc({ gc: false })];
  docs.forEach((doc, index) => {
    doc.clientID = 1001 + index;
    doc.on('update', (update: Uint8Array) => frames.push(syncFrame(UPDATE, update)));
    for (let edits = 60; edits > 0; edits--) editAnyhow(draws, doc);
    frames.push(syncFrame(STEP_2, Y.encodeStateAsUpdate(doc)), syncFrame(STEP_1, Y.encodeStateVector(doc)));
    frames.push(syncFrame(UPDATE, Y.diffUpdate(Y.encodeStateAsUpdate(doc), stateVector([[doc.clientID, 20]]))));
  });
  const updates = docs.map((doc) => Y.encodeStateAsUpdate(doc));
  frames.push(syncFrame(UPDATE, Y.mergeUpdates(updates)));
  for (const doc of docs) doc.destroy();
  return frames;
}

export interface AttackerOptions {
  readonly service: SyncService;
  readonly document: string;
  readonly peer: SyncPeer;
  readonly draws: Draws;
  readonly tape: Tape;
  /** The document as an honest page holds it. */
  readonly reference: () => Y.Doc;
}

/** Somebody who may be there, and sends what nobody should. */
export function createAttacker({ service, document, peer, draws, tape, reference }: AttackerOptions) {
  let pair: SocketPair | null = null;
  let doc = new Y.Doc();
  let presenceClock = 0;
  doc.clientID = draws.below(2 ** 32);

  /** Goes on from what the host holds, as a page does that has been loaded again. */
  function begin(clientId: number): void {
    doc.destroy();
    doc = new Y.Doc({ gc: draws.chance(0.5) });
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(reference()));
    doc.clientID = clientId;
  }

  /** Reads what is new. Starts anew where it holds edits of its own that were refused. */
  function catchUp(): void {
    const { store } = reference();
    if (Y.getState(doc.store, doc.clientID) > Y.getState(store, doc.clientID)) return begin(doc.clientID);
    const own = doc.clientID;
    doc.clientID = 0; // or Yjs takes another id by chance when it meets its own
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(reference(), Y.encodeStateVector(doc)));
    doc.clientID = own;
  }

  function known(): Known {
    const { store } = reference();
    const ends = new Map([...store.clients.keys()].map((client) => [client, Y.getState(store, client)]));
    return { own: { client: doc.clientID, clock: ends.get(doc.clientID) ?? 0 }, ends };
  }

  function realEdit(): Uint8Array {
    if (draws.chance(0.1)) catchUp();
    const before = Y.encodeStateVector(doc);
    let update: Uint8Array | null = null;
    const keep = (made: Uint8Array): void => void (update = made);
    doc.on('update', keep);
    editAnyhow(draws, doc);
    doc.off('update', keep);
    return syncFrame(UPDATE, update ?? Y.encodeStateAsUpdate(doc, before));
  }

  function presence(): Uint8Array {
    presenceClock += 1;
    const line = (): AwarenessLine => ({
      clientId: draws.weighted([
        [4, doc.clientID],
        [1, reference().clientID],
        [1, draws.number()],
      ]),
      clock: draws.weighted([
        [6, presenceClock],
        [1, draws.number()],
      ]),
      json: draws.pick(STATES),
    });
    const lines = Array.from(
      {
        length: draws.weighted([
          [8, 1],
          [2, draws.below(6)],
        ]),
      },
      line,
    );
    return awarenessFrame(lines, draws.chance(0.95) ? lines.length : draws.number());
  }

  function question(): Uint8Array {
    const entries = [...known().ends].map(
      ([client, clock]) => [client, draws.chance(0.8) ? clock : draws.number()] as const,
    );
    return syncFrame(
      STEP_1,
      draws.chance(0.8) ? stateVector(entries.slice(draws.below(entries.length + 1))) : draws.bytes(9),
    );
  }

  const makers: readonly (readonly [weight: number, make: () => HostileFrame])[] = [
    [22, () => ({ what: 'edit', frame: realEdit() })],
    [20, () => ({ what: 'damaged', frame: mutateBytes(draws, draws.pick(tape.frames), tape.frames) })],
    [6, () => ({ what: 'damaged edit', frame: mutateBytes(draws, realEdit(), tape.frames) })],
    [18, () => ({ what: 'drawn update', frame: asFrame(writeUpdate(drawUpdate(draws, known()))) })],
    [
      6,
      () => ({
        what: 'damaged update',
        frame: asFrame(mutateBytes(draws, writeUpdate(drawUpdate(draws, known())), tape.frames)),
      }),
    ],
    [8, namedAttack],
    [5, () => ({ what: 'replay', frame: draws.pick(tape.frames) })],
    [6, () => ({ what: 'awareness', frame: presence() })],
    [1, () => ({ what: 'damaged awareness', frame: mutateBytes(draws, presence(), tape.frames) })],
    [3, () => ({ what: 'question', frame: question() })],
    [1, () => ({ what: 'everybody', frame: Uint8Array.of(3) })],
    [1, () => ({ what: 'V2', frame: asFrame(asV2(Y.encodeStateAsUpdate(doc))) })],
    [1, () => ({ what: 'whole state', frame: syncFrame(STEP_2, Y.encodeStateAsUpdate(doc)) })],
    [2, () => ({ what: 'random', frame: draws.bytes(draws.below(60)) })],
    [1, () => ({ what: 'text', frame: draws.word() })],
    [0.02, () => ({ what: 'huge', frame: asFrame(writeUpdate(hugeUpdate(known()))) })],
    [0.02, () => ({ what: 'too long', frame: new Uint8Array(5 * 1024 * 1024) })],
  ];

  function asFrame(update: Uint8Array): Uint8Array {
    return syncFrame(draws.chance(0.8) ? UPDATE : STEP_2, update);
  }

  function namedAttack(): HostileFrame {
    const [what, make] = draws.pick(NAMED_ATTACKS);
    return { what, frame: asFrame(writeUpdate(make(draws, known()))) };
  }

  return {
    peer,
    isOnline: (): boolean => pair !== null,
    isPaused: (): boolean => pair?.isPaused() ?? false,
    connect(): void {
      pair = createSocketPair(draws.chance(0.05));
      if (draws.chance(0.05)) begin(draws.below(2 ** 32));
      service.connect(pair.host, document, peer);
    },
    draw: (): HostileFrame => draws.weighted(makers)(),
    send: (frame: Uint8Array | string): void => pair?.send(frame),
    sendLate: (frame: Uint8Array | string): void => pair?.sendLate(frame),
    /** The code with which the host has ended its socket, once. */
    pump(): number | null {
      if (pair === null) return null;
      pair.pump();
      pair.take();
      const closed = pair.closed();
      if (closed === null) return null;
      pair.pump();
      pair = null;
      return closed.code;
    },
    leave(): void {
      pair?.end();
      pair = null;
    },
    destroy(): void {
      pair?.end();
      doc.destroy();
    },
  };
}

export type Attacker = ReturnType<typeof createAttacker>;

const STATES = [
  '{"user":{"name":"Mallory"},"cursor":{"anchor":1}}',
  '{}',
  'null',
  '[]',
  '"x"',
  '1',
  '{',
  '',
  'undefined',
  '{"__proto__":{"polluted":true},"constructor":1}',
  '{"user":{"__proto__":null,"name":{"toString":1}}}',
  `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
  `{"deep":${'['.repeat(2000)}${']'.repeat(2000)}}`,
  `{"long":"${'x'.repeat(5000)}"}`,
  `{"largest":"${'x'.repeat(4000)}"}`,
  '{"toJSON":1,"user":null}',
  '{"text":"\\ud800"}',
];
