import * as encoding from 'lib0/encoding';
import { afterEach, expect, test, vi } from 'vitest';
import * as Y from 'yjs';
import type { DocumentStore, DocumentUpdate } from '../../../src-main/commands/ports.ts';
import { answerFrame, updateFrame } from '../../../src-main/host/sync/frames.ts';
import { createMemoryDocumentStore } from '../../support/memory-document-store.ts';
import {
  connectRaw,
  connectStock,
  NOTES,
  peerOf,
  startSyncHost,
  type SyncHostOptions,
} from '../../support/sync-host.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function host(options: Partial<SyncHostOptions> = {}) {
  const store = createMemoryDocumentStore();
  const started = await startSyncHost({ stores: new Map<string, DocumentStore>([[NOTES, store]]), ...options });
  cleanUps.push(started.kill);
  const client = (token: string) => {
    const stock = connectStock(started.url, NOTES, token);
    cleanUps.push(stock.destroy);
    return stock;
  };
  return { ...started, store, client };
}

function textUpdate(text: string, clientId = 77): { readonly doc: Y.Doc; readonly update: Uint8Array } {
  const doc = new Y.Doc();
  doc.clientID = clientId;
  doc.getText('text').insert(0, text);
  return { doc, update: Y.encodeStateAsUpdate(doc) };
}

function presence(json: string): Uint8Array {
  const payload = encoding.createEncoder();
  encoding.writeVarUint(payload, 1);
  encoding.writeVarUint(payload, 4711);
  encoding.writeVarUint(payload, 1);
  encoding.writeVarString(payload, json);
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, 1);
  encoding.writeVarUint8Array(encoder, encoding.toUint8Array(payload));
  return encoding.toUint8Array(encoder);
}

/** mulberry32: small, seeded, and good enough to draw bytes. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const malformed: readonly (readonly [string, Uint8Array | string])[] = [
  ['text', 'hello'],
  ['empty', new Uint8Array()],
  ['unknown type', Uint8Array.of(9, 1, 2)],
  ['unknown sync kind', Uint8Array.of(0, 7, 0)],
  ['truncated', updateFrame(textUpdate('some words').update).slice(0, 12)],
  ['with bytes behind its end', Uint8Array.of(...updateFrame(textUpdate('x').update), 0)],
  ['of random bytes as an update', Uint8Array.of(0, 2, 5, 200, 201, 202, 203, 204)],
  ['with a broken state vector', Uint8Array.of(0, 0, 2, 5, 5)],
  ['of V2', updateFrame(Y.encodeStateAsUpdateV2(textUpdate('another format').doc))],
  ['of awareness that is no JSON', presence('{"user":')],
  ['of awareness that is no object', presence('[1]')],
];

test('malformed frames close their own socket with 1003 and disturb nobody', async () => {
  const { url, client, service, store } = await host();
  const anna = client('anna');
  const ben = client('ben');
  let typed = '';
  for (const [name, frame] of malformed) {
    const { socket, closed } = await connectRaw(url, NOTES, 'cleo');
    socket.send(frame);
    anna.text.insert(anna.text.length, `${name}. `);
    typed += `${name}. `;
    expect(await closed, name).toMatchObject({ code: 1003 });
    await vi.waitFor(() => expect(ben.text.toString()).toBe(typed));
  }
  expect([...anna.closes, ...ben.closes]).toEqual([]);
  expect(service.connections()).toBe(2);
  expect(store.history(NOTES)).toHaveLength(malformed.length);
});

test('an oversized frame closes its socket with 1009', async () => {
  const { url, client } = await host();
  const anna = client('anna');
  const { socket, closed } = await connectRaw(url, NOTES, 'cleo');
  socket.send(new Uint8Array(4 * 1024 * 1024 + 1));
  expect(await closed).toMatchObject({ code: 1009 });
  await vi.waitFor(() => expect(anna.provider.synced).toBe(true));
});

test('an update with a gap before it is refused whole, and the sender is asked to come back', async () => {
  const { url, store, service } = await host();
  const { doc } = textUpdate('first');
  const held = Y.encodeStateVector(doc);
  doc.getText('text').insert(5, ' second');
  const second = Y.encodeStateAsUpdate(doc, held);
  doc.getText('text').delete(0, 1);
  const onlyDeletes = Y.encodeStateAsUpdate(doc, Y.encodeStateVector(doc));
  for (const update of [second, onlyDeletes]) {
    const { socket, closed } = await connectRaw(url, NOTES, 'cleo');
    socket.send(answerFrame(Uint8Array.of(0, 0)));
    socket.send(updateFrame(update));
    expect(await closed).toMatchObject({ code: 1008 });
  }
  expect(store.history(NOTES)).toEqual([]);
  const { socket } = await connectRaw(url, NOTES, 'cleo');
  socket.send(updateFrame(Y.encodeStateAsUpdate(doc)));
  await vi.waitFor(() => expect(service.textOf(NOTES)?.text).toBe('irst second'));
});

test('what is held already is neither stored nor relayed again', async () => {
  const { url, store, service } = await host();
  const { update } = textUpdate('once');
  const { socket } = await connectRaw(url, NOTES, 'cleo');
  for (let n = 0; n < 5; n++) socket.send(updateFrame(update));
  await vi.waitFor(() => expect(service.textOf(NOTES)?.text).toBe('once'));
  socket.send(updateFrame(textUpdate('twice', 78).update));
  await vi.waitFor(() => expect(service.textOf(NOTES)?.text).toHaveLength(9));
  expect(store.history(NOTES)).toHaveLength(2);
});

test('while storage fails nothing is shown, and when it is back nothing is lost', async () => {
  const failures: unknown[] = [];
  const recovered = vi.fn();
  const { client, store, service, logged } = await host({
    onStorageFailure: (cause) => void failures.push(cause),
    onStorageRecovery: recovered,
  });
  const anna = client('anna');
  const ben = client('ben');
  await vi.waitFor(() => expect([anna, ben].every(({ provider }) => provider.synced)).toBe(true));
  anna.text.insert(0, 'kept. ');
  await vi.waitFor(() => expect(ben.text.toString()).toBe('kept. '));

  store.failAppend = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
  anna.text.insert(6, 'typed on a full disk. ');
  await vi.waitFor(() => expect(anna.closes.length).toBeGreaterThan(2)); // she comes back, and is told again
  expect(new Set(anna.closes.map(({ code }) => code))).toEqual(new Set([1013]));
  expect(ben.closes).toEqual([]);
  expect(ben.text.toString()).toBe('kept. ');
  expect(service.textOf(NOTES)?.text).toBe('kept. ');
  const cleo = client('cleo');
  await vi.waitFor(() => expect(cleo.provider.synced).toBe(true));
  expect(cleo.text.toString()).toBe('kept. ');
  expect(failures).toEqual([store.failAppend]);
  expect(logged).toContainEqual(['storage failed', expect.anything()]);

  store.failAppend = null;
  const all = 'kept. typed on a full disk. ';
  await vi.waitFor(() => expect([anna, ben, cleo].map(({ text }) => text.toString())).toEqual([all, all, all]), 5000);
  expect(recovered).toHaveBeenCalledTimes(1);
});

test('a document that cannot be read is refused with 1011, never served empty, and served when it can be', async () => {
  const { client, store, service } = await host();
  store.append({ updates: [textUpdateRow('there all along')], bindings: [] });
  store.failLoad = new Error('disk I/O error');
  const anna = client('anna');
  anna.text.insert(0, 'mine. ');
  await vi.waitFor(() => expect(anna.closes.map(({ code }) => code)).toContain(1011));
  expect(() => service.textOf(NOTES)).toThrow('disk I/O error');
  expect(service.documentsInMemory()).toBe(0);
  expect(store.history(NOTES)).toHaveLength(1);
  store.failLoad = null;
  await vi.waitFor(() => expect(anna.text.toString()).toContain('there all along'), 5000);
  await vi.waitFor(() => expect(service.textOf(NOTES)?.text).toBe(anna.text.toString()));
});

function textUpdateRow(text: string): DocumentUpdate {
  const data = textUpdate(text).update;
  return { document: NOTES, at: 1 as never, operatorId: 'anna' as never, deviceId: 'token:anna' as never, data };
}

test('20,000 random frames do no harm', { timeout: 30_000 }, async () => {
  const seed = 20_261_121;
  const random = createRandom(seed);
  const { client, service, store, logged } = await host({ limits: { socketsPerOperator: 4 } });
  const anna = client('anna');
  const ben = client('ben');
  await vi.waitFor(() => expect([anna, ben].every(({ provider }) => provider.synced)).toBe(true));
  const seeds = [...malformed.flatMap(([, frame]) => (typeof frame === 'string' ? [] : [frame])), ...validFrames()];
  const startedAt = performance.now();
  let slowest = 0;
  for (let n = 0; n < 20_000; n++) {
    const before = performance.now();
    sendOne(service, randomFrame(random, seeds));
    if (n % 16 === 0) service.flush();
    slowest = Math.max(slowest, performance.now() - before);
    if (n % 1000 === 0) {
      anna.text.insert(0, '.');
      await new Promise(setImmediate);
    }
  }
  service.flush();
  expect(performance.now() - startedAt, `seed ${seed}`).toBeLessThan(10_000);
  expect(slowest, `seed ${seed}`).toBeLessThan(1000);
  const held = service.textOf(NOTES)?.text;
  await vi.waitFor(() => expect([anna.text.toString(), ben.text.toString()], `seed ${seed}`).toEqual([held, held]));
  const rebuilt = new Y.Doc();
  for (const { data } of store.history(NOTES)) Y.applyUpdate(rebuilt, data);
  expect(rebuilt.getText('text').toString(), `seed ${seed}`).toBe(held);
  expect(rebuilt.store.pendingStructs, `seed ${seed}`).toBeNull();
  expect([...anna.closes, ...ben.closes, ...logged], `seed ${seed}`).toEqual([]);
});

function sendOne(service: Awaited<ReturnType<typeof host>>['service'], frame: Uint8Array): void {
  let receive: (frame: Uint8Array) => void = () => undefined;
  let closed: () => void = () => undefined;
  service.connect(
    {
      send: () => undefined,
      close: () => undefined,
      onMessage: (handler) => (receive = handler),
      onClose: (handler) => (closed = handler),
    },
    NOTES,
    peerOf('fuzz'),
  );
  receive(frame);
  closed();
}

function validFrames(): Uint8Array[] {
  const doc = new Y.Doc();
  doc.clientID = 5;
  doc.getText('text').insert(0, 'some words to break');
  doc.getText('text').delete(3, 4);
  doc.getText('text').format(0, 2, { bold: true });
  doc.getMap('variants').set('x', new Y.Text('short'));
  return [
    updateFrame(Y.encodeStateAsUpdate(doc)),
    presence('{"user":{"name":"x"}}'),
    Uint8Array.of(3),
    Uint8Array.of(0, 0, 1, 0),
  ];
}

/** A third wild, two thirds sound ones with a few bytes changed, cut or doubled. */
function randomFrame(random: (below: number) => number, seeds: readonly Uint8Array[]): Uint8Array {
  if (random(3) === 0) return Uint8Array.from({ length: random(64) }, () => random(256));
  const frame = [...(seeds[random(seeds.length)] ?? [])];
  for (let changes = random(4); changes > 0 && frame.length > 0; changes--) {
    const at = random(frame.length);
    const change = random(4);
    if (change === 0) frame.splice(at, 1 + random(3));
    else if (change === 1) frame.splice(at, 0, random(256));
    else frame[at] = random(256);
  }
  return Uint8Array.from(frame);
}
