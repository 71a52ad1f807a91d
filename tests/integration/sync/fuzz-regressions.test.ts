import { afterEach, expect, test } from 'vitest';
import * as Y from 'yjs';
import { DeviceId } from '../../../shared/base/ids.ts';
import type { DocumentStore } from '../../../src-main/commands/ports.ts';
import { createSyncService } from '../../../src-main/host/sync/sync-service.ts';
import { createFakeTime, turn } from '../../fuzz/fake-time.ts';
import { createHonestClient } from '../../fuzz/honest-client.ts';
import { createSocketPair } from '../../fuzz/socket-pair.ts';
import { stateVector, STEP_1, STEP_2, syncFrame, UPDATE } from '../../fuzz/sync-frames.ts';
import { superviseFuzz } from '../../fuzz/supervise.ts';
import { NAMES } from '../../fuzz/sync-peers.ts';
import { writeUpdate, type PlainStruct } from '../../fuzz/write-update.ts';
import { createMemoryDocumentStore } from '../../support/memory-document-store.ts';
import { connectRaw, connectStock, NOTES, peerOf, startSyncHost } from '../../support/sync-host.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function host() {
  const started = await startSyncHost({
    stores: new Map<string, DocumentStore>([[NOTES, createMemoryDocumentStore()]]),
  });
  cleanUps.push(started.kill);
  const client = (token: string) => {
    const stock = connectStock(started.url, NOTES, token);
    cleanUps.push(stock.destroy);
    return stock;
  };
  return { ...started, client };
}

function updateOf(client: number, structs: readonly PlainStruct[]): Uint8Array {
  return syncFrame(UPDATE, writeUpdate({ sections: [{ client, clock: 0, structs }], deletes: [] }));
}

const DEEP = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;

test.each<[string, PlainStruct]>([
  ['JSON', { kind: 'item', parent: 'text', content: { type: 'json', texts: [DEEP] } }],
  ['an embed', { kind: 'item', parent: 'text', content: { type: 'embed', json: DEEP } }],
  ['a format', { kind: 'item', parent: 'text', content: { type: 'format', key: 'bold', json: DEEP } }],
])(
  '10,000 brackets as %s are refused: Yjs reads them and cannot write them again',
  { timeout: 20_000 },
  async (_name, struct) => {
    const { url, client, service } = await host();
    const [anna, ben] = [client('anna'), client('ben')];
    anna.text.insert(0, 'before. ');
    await expect.poll(() => ben.text.toString()).toBe('before. ');
    const { socket, closed } = await connectRaw(url, NOTES, 'cleo');
    socket.send(updateOf(7, [struct]));
    expect(await closed).toMatchObject({ code: 1003 });
    ben.text.insert(0, 'After. ');
    await expect.poll(() => anna.text.toString()).toBe('After. before. ');
    const late = client('anna');
    await expect.poll(() => late.text.toString()).toBe('After. before. ');
    expect(service.textOf(NOTES)?.text).toBe('After. before. ');
  },
);

test('items that all claim one place cost by their number, not by its square', { timeout: 60_000 }, async () => {
  const { url, service } = await host();

  /** Sends so many signs for one place, and waits until the host has dealt with them; whether it took them or not. */
  async function claimPlace(place: string, clientId: number, count: number): Promise<void> {
    const sign: PlainStruct = { kind: 'item', parent: place, content: { type: 'string', text: '.' } };
    const { socket, closed } = await connectRaw(url, NOTES, clientId % 2 === 0 ? 'ben' : 'cleo');
    const answered = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        if (data[0] === 0 && data[1] === STEP_2) resolve();
      });
    });
    socket.send(updateOf(clientId, Array<PlainStruct>(count).fill(sign)));
    socket.send(syncFrame(STEP_1, stateVector([[clientId, count]])));
    await Promise.race([closed, answered]);
    service.flush();
    socket.terminate();
  }

  /** Processor time in microseconds of the second who claims it, who has to pass by all of the first. */
  async function costOf(count: number, clientId: number): Promise<number> {
    await claimPlace(`place ${clientId}`, clientId, count);
    const startedAt = process.cpuUsage();
    await claimPlace(`place ${clientId}`, clientId + 1, count);
    const { user, system } = process.cpuUsage(startedAt);
    return user + system;
  }

  await costOf(200, 11);
  const few = await costOf(500, 21);
  const many = await costOf(4000, 31);
  // Eight times as many: 64 times as dear where the cost grows with the square.
  expect(many / few).toBeLessThan(24);
});

/** The service without a network, so that two frames surely come in one turn; and a page that follows everything. */
function inProcess() {
  const time = createFakeTime();
  const store = createMemoryDocumentStore();
  const service = createSyncService({
    directory: { find: (document) => (document === NOTES ? { store } : null) },
    clock: time.clock,
    schedule: time.schedule,
    log: { warn: () => undefined, error: () => undefined },
    deviceId: DeviceId.parse('host:under-test'),
  });
  const names = new Set([...NAMES, peerOf('anna').name, peerOf('ben').name]);
  const page = (token: string, clientId: number) => {
    const client = createHonestClient({
      service,
      document: NOTES,
      peer: peerOf(token),
      names,
      onEdit: () => undefined,
    });
    cleanUps.push(client.destroy);
    client.begin(clientId);
    client.connect();
    return client;
  };
  async function settle(): Promise<void> {
    for (let rounds = 0; rounds < 10; rounds++) {
      service.flush();
      await turn();
      time.pass(150);
      for (const client of pages) client.pump(false);
    }
  }
  const pages = [page('anna', 1), page('ben', 2)] as const;

  const attacker = createSocketPair();
  service.connect(attacker.host, NOTES, peerOf('cleo'));
  cleanUps.push(service.close);
  return { service, store, attacker, settle };
}

/** A mark that ends what never began: whoever reads it as a text takes it away again. */
const IDLE_MARK: readonly PlainStruct[] = [
  { kind: 'item', parent: 'text', content: { type: 'format', key: 'bold', json: 'null' } },
  { kind: 'item', origin: { client: 7, clock: 0 }, content: { type: 'string', text: 'x' } },
];

/** Two edits were taken in one turn, and what was relayed in their place was only what Yjs tidied up after them. */
test(
  'edits that come in one turn all reach everybody, also when Yjs tidies up after them',
  { timeout: 120_000 },
  async () => {
    expect(await superviseFuzz({ protocol: 'sync', seed: 1002, frames: 5000 })).toMatchObject({ problem: null });
  },
);

test('what the host holds is what is stored: it tidies up nothing by itself (seed 200)', async () => {
  const { service, store, attacker, settle } = inProcess();
  await settle();
  service.textOf(NOTES);
  attacker.send(updateOf(7, IDLE_MARK));
  await settle();
  const replayed = new Y.Doc();
  for (const { data } of store.history(NOTES)) Y.applyUpdate(replayed, data);
  const asked = createSocketPair();
  service.connect(asked.host, NOTES, peerOf('ben'));
  asked.send(syncFrame(STEP_1, stateVector([[7, 1]])));
  await settle();
  const answers = asked.take().filter((frame) => frame[0] === 0 && frame[1] === STEP_2);
  // Behind the two bytes of the frame's type and the one of its length.
  const held = Y.decodeUpdate(answers[0]?.slice(3) ?? new Uint8Array());
  expect([...held.ds.clients]).toEqual([...Y.snapshot(replayed).ds.clients]);
});

/** It took its left neighbour away, and its right one with that: afterwards nothing told that they stood in two texts. */
test('an item between neighbours in two texts is refused, also when they are gone by then (seed 2174)', async () => {
  const { service, attacker, settle } = inProcess();
  const type = { client: 7, clock: 0 };
  attacker.send(
    updateOf(7, [
      { kind: 'item', parent: 'variants', parentSub: 'web', content: { type: 'type', ref: 2 } },
      { kind: 'item', parent: type, content: { type: 'string', text: 'words' } },
    ]),
  );
  await settle();
  const between: PlainStruct = {
    kind: 'item',
    origin: type,
    rightOrigin: { client: 7, clock: 3 },
    content: { type: 'format', key: 'bold', json: 'null' },
  };
  attacker.send(
    syncFrame(UPDATE, writeUpdate({ sections: [{ client: 7, clock: 6, structs: [between] }], deletes: [] })),
  );
  await settle();
  expect(attacker.closed()?.code).toBe(1003);
  expect(service.textOf(NOTES)?.variants).toEqual({ web: 'words' });
});
