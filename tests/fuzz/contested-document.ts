import * as Y from 'yjs';
import { TEXT_FIELD } from '../../shared/protocol/document-names.ts';
import type { SyncPeer } from '../../src-main/commands/ports.ts';
import type { SyncService } from '../../src-main/host/sync/sync-service.ts';
import { createMemoryDocumentStore, type MemoryDocumentStore } from '../support/memory-document-store.ts';
import { createAttacker, createTape, type Attacker } from './attacker.ts';
import type { Draws } from './draws.ts';
import type { FakeTime } from './fake-time.ts';
import { createHonestClient, type HonestClient } from './honest-client.ts';
import type { Journal } from './journal.ts';
import { syncFrame, UPDATE } from './sync-frames.ts';
import { peer } from './sync-peers.ts';

export interface FuzzWorld {
  readonly service: SyncService;
  readonly stores: Map<string, MemoryDocumentStore>;
  readonly draws: Draws;
  readonly journal: Journal;
  readonly time: FakeTime;
  readonly settle: () => Promise<void>;
  readonly names: ReadonlySet<string>;
}

/**
 * A document in which two honest pages type while others attack it. What must hold whatever those send:
 *
 * 1. The honest pages are never turned away, unless the disk failed or the document is full.
 * 2. When everything has arrived, both, the host and whoever replays the history hold the same.
 * 3. Where nobody else may write, that is exactly what the honest pages typed.
 */
export function createContestedDocument(world: FuzzWorld, name: string, hostile: readonly SyncPeer[]) {
  const { service, draws, journal, time } = world;
  const store = createMemoryDocumentStore();
  const isClosed = hostile.every(({ mayWrite }) => !mayWrite);
  /** What the honest pages typed, and nothing else. */
  const typed = new Y.Doc();
  const tape = createTape(draws);
  let storageFailed = false;
  world.stores.set(name, store);

  const honest = ['one', 'two'].map((device): HonestClient => {
    const onEdit = (update: Uint8Array): void => {
      if (isClosed) Y.applyUpdate(typed, update);
      tape.record(syncFrame(UPDATE, update));
    };
    return createHonestClient({ service, document: name, peer: peer('dora', device), names: world.names, onEdit });
  });
  const [first] = honest;
  if (first === undefined) throw new Error('Nobody is honest.');
  for (const client of honest) {
    client.begin(draws.below(2 ** 32));
    client.connect();
    client.edit(draws);
  }
  service.flush();
  pumpHonest();
  const attackers = hostile.map((one): Attacker =>
    createAttacker({ service, document: name, peer: one, draws, tape, reference: first.doc }),
  );

  function pumpHonest(): boolean {
    return honest.map((client) => client.pump(storageFailed)).includes(true);
  }

  function pump(): void {
    for (const attacker of attackers) {
      const code = attacker.pump();
      if (code !== null) journal.count(`closed: ${code}`);
    }
    pumpHonest();
  }

  /** Until nothing is under way any more. A page that was told that the document is full does not come back by itself. */
  async function quiesce(): Promise<void> {
    for (const client of honest) if (!client.isOnline() && !client.isFull()) client.connect();
    for (let quiet = 0, rounds = 0; quiet < 3; rounds++) {
      if (rounds > 500) throw new Error('The document does not come to rest.');
      await world.settle();
      time.pass(150);
      quiet = pumpHonest() ? 0 : quiet + 1;
      for (const client of honest) if (!client.isOnline() && !client.isFull()) client.connect();
      for (const attacker of attackers) attacker.pump();
    }
  }

  function replayed(): Y.Doc {
    const doc = new Y.Doc();
    for (const { data } of store.history(name)) Y.applyUpdate(doc, data);
    return doc;
  }

  function expectSame(what: string, one: Y.Doc, other: Y.Doc): void {
    const [left, right] = [textIn(one), textIn(other)];
    if (left !== right) throw new Error(`${name}: ${what} differ: ${excerpt(left, right)}`);
    const [contents, others] = [contentsOf(one).split('\n'), contentsOf(other).split('\n')];
    const odd = contents.find((line, index) => line !== others[index]);
    if (odd !== undefined) {
      throw new Error(`${name}: ${what} hold other edits: ${odd}, and ${others[contents.indexOf(odd)] ?? 'nothing'}`);
    }
    if (one.store.pendingStructs !== null || one.store.pendingDs !== null) throw new Error(`${name}: ${what} wait.`);
  }

  function checkHistory(): void {
    const doc = replayed();
    for (const client of honest) {
      if (!client.isFull()) expectSame('a page and the history', client.doc(), doc);
    }
    if (isClosed) expectSame('the history and what was typed', doc, typed);
    doc.destroy();
  }

  return {
    /** One frame by one of them. Whoever was closed or is not listened to is replaced, or waits. */
    async attack(): Promise<void> {
      const attacker = draws.pick(attackers);
      if (!attacker.isOnline()) attacker.connect();
      const { what, frame } = attacker.draw();
      journal.note(`${name} ${attacker.peer.deviceId} ${what}`, frame);
      await journal.time(() => (draws.chance(0.01) ? attacker.sendLate(frame) : attacker.send(frame)));
      if (typeof frame !== 'string' && what === 'edit') tape.record(frame);
      if (draws.chance(0.01)) attacker.leave();
    },
    beHonest(): void {
      const client = draws.pick(honest);
      if (draws.chance(0.1)) client.edit(draws);
      if (client.isOnline() ? draws.chance(0.002) : draws.chance(0.1)) {
        if (client.isOnline()) client.leave();
        else client.connect();
      }
    },
    pump,
    /** The disk is full for one turn: whoever wrote comes back later, with everything. */
    failToStore(): void {
      store.failAppend = new Error('disk full');
      storageFailed = true;
      for (const client of honest) client.edit(draws);
      service.flush();
      store.failAppend = null;
      pump();
      storageFailed = false;
    },
    async check(): Promise<void> {
      await quiesce();
      const text = service.textOf(name)?.text;
      for (const client of honest) {
        if (client.isFull()) continue;
        if (textIn(client.doc()) !== text) {
          throw new Error(`${name}: a page and the host differ: ${excerpt(textIn(client.doc()), text ?? 'nothing')}`);
        }
      }
      checkHistory();
      // Loaded anew: the same person, a new client id.
      if (draws.chance(0.2)) {
        const client = draws.pick(honest);
        client.leave();
        client.begin(draws.below(2 ** 32));
        client.connect();
        await quiesce();
      }
    },
    /** Everybody leaves for so long that the document goes out of memory, and comes back. */
    async reopen(): Promise<void> {
      for (const client of [...attackers, ...honest]) client.leave();
      await world.settle();
      time.pass(300_000);
      if (draws.chance(0.5)) for (const client of honest) client.edit(draws);
      await quiesce();
    },
    checkHistory,
    end(): void {
      for (const client of [...attackers, ...honest]) client.leave();
    },
    destroy(): void {
      for (const client of [...attackers, ...honest]) client.destroy();
      typed.destroy();
    },
  };
}

export type ContestedDocument = ReturnType<typeof createContestedDocument>;

function textIn(doc: Y.Doc): string {
  return doc.getText(TEXT_FIELD).toString();
}

/**
 * Every client's clocks and which of them are in use. Without the marks of formats: whoever reads a text takes away
 * those that say nothing, each by itself.
 */
function contentsOf(doc: Y.Doc): string {
  const lines: string[] = [];
  for (const [client, structs] of doc.store.clients) {
    let line = `${client} to ${Y.getState(doc.store, client)}:`;
    let usedUntil = -1;
    for (const struct of structs) {
      if (struct.deleted || !(struct instanceof Y.Item) || !struct.countable) continue;
      line += struct.id.clock === usedUntil ? '' : ` ${usedUntil}, ${struct.id.clock} to`;
      usedUntil = struct.id.clock + struct.length;
    }
    lines.push(`${line} ${usedUntil}`);
  }
  return lines.sort().join('\n');
}

function excerpt(one: string, other: string): string {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  const show = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 10), at + 30));
  return `at ${at} of ${one.length} and ${other.length}: ${show(one)} and ${show(other)}`;
}
