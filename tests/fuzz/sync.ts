import { DeviceId } from '../../shared/base/ids.ts';
import { createSyncService } from '../../src-main/host/sync/sync-service.ts';
import type { MemoryDocumentStore } from '../support/memory-document-store.ts';
import { createContestedDocument, type ContestedDocument } from './contested-document.ts';
import { createDraws, type Draws } from './draws.ts';
import { createFakeTime, turn } from './fake-time.ts';
import { EPOCH_FRAMES, type FuzzSession, type Journal } from './journal.ts';
import { NAMES, READERS, WRITERS } from './sync-peers.ts';

/** How many frames pass between two looks at whether everybody holds the same. */
const CHECK_EVERY = 1000;

/** The y-websocket endpoint, in one process and with time that only passes when told to. */
export async function startSyncFuzz(journal: Journal): Promise<FuzzSession> {
  const time = createFakeTime();
  const stores = new Map<string, MemoryDocumentStore>();
  const service = createSyncService({
    directory: {
      find(document) {
        const store = stores.get(document);
        return store === undefined ? null : { store };
      },
    },
    clock: time.clock,
    schedule: time.schedule,
    log: {
      warn: (_, message) => journal.count(`log: ${message}`),
      error: (_, message) => journal.count(`log: ${message}`),
    },
    deviceId: DeviceId.parse('host:fuzz'),
    // Small, so that stretches of the history are made and read all the time.
    limits: { segmentUpdates: 200 },
  });

  async function settle(): Promise<void> {
    service.flush();
    await turn();
  }

  async function epoch(seed: number, frames: number): Promise<void> {
    journal.epoch(seed);
    const draws = createDraws(seed);
    const documents = openDocuments(draws, seed);
    for (let sent = 0; sent < frames;) {
      const batch = Math.min(
        frames - sent,
        draws.weighted([
          [6, 1],
          [3, 2 + draws.below(3)],
          [1, 8],
        ]),
      );
      const document = draws.pick(documents);
      const flushes = draws.chance(0.5);
      for (let count = batch; count > 0; count--) await document.attack();
      await journal.time(() => (flushes ? service.flush() : turn()));
      time.pass(draws.below(120 * batch));
      if (draws.chance(0.0002)) time.pass(3_600_000);
      if (draws.chance(0.001)) document.failToStore();
      document.beHonest();
      for (const one of documents) one.pump();
      sent += batch;
      if (Math.floor(sent / CHECK_EVERY) !== Math.floor((sent - batch) / CHECK_EVERY)) {
        for (const one of documents) await one.check();
        if (draws.chance(0.3)) await draws.pick(documents).reopen();
      }
    }
    for (const document of documents) await document.check();
    for (const document of documents) document.end();
    await unload();
    for (const document of documents) document.checkHistory();
    for (const document of documents) document.destroy();
    stores.clear();
    time.pass(7_200_000);
  }

  function openDocuments(draws: Draws, seed: number): readonly ContestedDocument[] {
    const room = `fuzz-${String(seed).padStart(8, '0')}`;
    const world = { service, stores, draws, journal, time, settle, names: NAMES };
    return [
      createContestedDocument(world, `${room}/notes`, WRITERS),
      createContestedDocument(world, `${room}/statement/open`, WRITERS),
      createContestedDocument(world, `${room}/statement/closed`, READERS),
    ];
  }

  async function unload(): Promise<void> {
    await settle();
    time.pass(600_000);
    await settle();
    time.pass(600_000);
    if (service.connections() !== 0) throw new Error(`${service.connections()} connections are left.`);
    if (service.documentsInMemory() !== 0) throw new Error(`${service.documentsInMemory()} documents are left.`);
  }

  return {
    async run(seed, frames) {
      for (let done = 0; done < frames; done += EPOCH_FRAMES) {
        await epoch(seed + done / EPOCH_FRAMES, Math.min(EPOCH_FRAMES, frames - done));
      }
    },
    rest: unload,
    async end() {
      service.close();
    },
  };
}
