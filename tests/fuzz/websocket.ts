import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import WebSocket from 'ws';
import * as Y from 'yjs';
import { TEXT_FIELD } from '../../shared/protocol/document-names.ts';
import { createMemoryDocumentStore } from '../support/memory-document-store.ts';
import { connectRaw, connectStock, NOTES, startSyncHost } from '../support/sync-host.ts';
import { createTape } from './attacker.ts';
import { mutateBytes } from './byte-mutations.ts';
import { createDraws, type Draws } from './draws.ts';
import { turn } from './fake-time.ts';
import { EPOCH_FRAMES, type FuzzSession, type Journal } from './journal.ts';
import { editAsPage } from './random-edit.ts';
import { handshake, wireFrames } from './wire-frames.ts';

const MOST_OPEN = 10;
const CHECK_EVERY = 50;

/** The y-websocket endpoint on a real server: what `ws` and Node make of bytes that are no WebSocket frames. */
export async function startWebSocketFuzz(journal: Journal): Promise<FuzzSession> {
  const stores = new Map([[NOTES, createMemoryDocumentStore()]]);
  const host = await startSyncHost({ stores });

  async function epoch(seed: number, frames: number): Promise<void> {
    journal.epoch(seed);
    const draws = createDraws(seed);
    const store = createMemoryDocumentStore();
    stores.set(NOTES, store);
    const tape = createTape(draws);
    const honest = [connectStock(host.url, NOTES, 'anna'), connectStock(host.url, NOTES, 'ben')] as const;
    const raw: Socket[] = [];
    const sockets: WebSocket[] = [];
    for (let sent = 1; sent <= frames; sent++) {
      const payload = draws.chance(0.3)
        ? draws.pick(tape.frames)
        : mutateBytes(draws, draws.pick(tape.frames), tape.frames);
      const place = draws.below(MOST_OPEN);
      if (draws.chance(0.5)) {
        let socket = raw[place];
        if (socket === undefined || socket.destroyed || !socket.writable || draws.chance(0.2)) {
          socket?.destroy();
          socket = raw[place] = await openStream(draws, host.port);
        }
        const bytes = wireFrames(draws, payload);
        journal.note('wire', bytes);
        socket.write(bytes);
      } else {
        let socket = sockets[place];
        if (socket?.readyState !== WebSocket.OPEN) {
          const token = draws.pick(['cleo', 'observer']);
          socket = sockets[place] = (await connectRaw(host.url, NOTES, token)).socket;
        }
        journal.note('frame', payload);
        socket.send(draws.chance(0.95) ? payload : draws.word());
      }
      await journal.time(turn);
      if (sent % CHECK_EVERY === 0) await type(draws, honest);
    }
    await type(draws, honest);
    for (const socket of raw) socket.destroy();
    for (const socket of sockets) socket.terminate();
    const texts = [...honest.map(({ text }) => text.toString()), host.service.textOf(NOTES)?.text, replayed()];
    if (new Set(texts).size !== 1)
      throw new Error(`The texts differ: ${texts.map((text) => text?.length).join(', ')}.`);
    if (honest.some(({ closes }) => closes.length > 0)) throw new Error('An honest client was turned away.');
    for (const client of honest) client.destroy();
    await rest();

    function replayed(): string {
      const doc = new Y.Doc();
      for (const { data } of store.history(NOTES)) Y.applyUpdate(doc, data);
      return doc.getText(TEXT_FIELD).toString();
    }
  }

  /** Both edit, and each waits for what the other wrote. */
  async function type(draws: Draws, clients: readonly [StockClient, StockClient]): Promise<void> {
    const [one, other] = clients;
    for (const { doc } of clients) editAsPage(draws, doc);
    one.doc.getMap('seen').set('one', draws.unit());
    other.doc.getMap('seen').set('other', draws.unit());
    while (!Y.equalSnapshots(Y.snapshot(one.doc), Y.snapshot(other.doc))) await turn();
  }

  async function rest(): Promise<void> {
    while (host.service.connections() > 0) await turn();
    host.idle();
    await turn();
    host.idle();
    if (host.service.documentsInMemory() !== 0) throw new Error('A document is left.');
  }

  return {
    async run(seed, frames) {
      for (let done = 0; done < frames; done += EPOCH_FRAMES) {
        await epoch(seed + done / EPOCH_FRAMES, Math.min(EPOCH_FRAMES, frames - done));
      }
    },
    rest,
    end: host.kill,
  };
}

type StockClient = ReturnType<typeof connectStock>;

async function openStream(draws: Draws, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.resume();
  await once(socket, 'connect');
  const path = draws.pick([`/yjs/${NOTES}?token=cleo`, `/yjs/${NOTES}?token=cleo`, '/yjs/%', '/', `/yjs/${NOTES}`]);
  socket.write(handshake(draws, path));
  return socket;
}
