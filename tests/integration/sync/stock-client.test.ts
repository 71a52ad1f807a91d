import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, expect, test, vi } from 'vitest';
import * as Y from 'yjs';
import { OperatorId } from '../../../shared/base/ids.ts';
import type { DocumentStore } from '../../../src-main/commands/ports.ts';
import type { SyncLimits } from '../../../src-main/host/sync/sync-socket.ts';
import {
  createDocumentStore,
  DOCUMENT_DEVICES_SCHEMA,
  DOCUMENT_SCHEMA,
} from '../../../src-main/store/document-store.ts';
import { TEXT_BATCH_SCHEMA } from '../../../src-main/store/text-log.ts';
import { createDocumentHistory } from '../../../src-renderer/state/document-history.ts';
import { createMemoryDocumentStore } from '../../support/memory-document-store.ts';
import {
  connectRaw,
  connectStock,
  NOTES,
  startSyncHost,
  STATEMENT,
  type StockClient,
  type SyncHost,
} from '../../support/sync-host.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function host(stores: ReadonlyMap<string, DocumentStore>, port = 0, limits: Partial<SyncLimits> = {}) {
  const started: SyncHost = await startSyncHost({ stores, port, limits });
  let alive = true;
  const kill = async () => {
    if (alive) await started.kill();
    alive = false;
  };
  cleanUps.push(kill);
  return { ...started, kill };
}

function stock(url: string, document: string, token: string): StockClient {
  const client = connectStock(url, document, token);
  cleanUps.push(client.destroy);
  return client;
}

function memory(...documents: string[]) {
  const store = createMemoryDocumentStore();
  return { store, stores: new Map<string, DocumentStore>(documents.map((document) => [document, store])) };
}

async function synced(...clients: StockClient[]): Promise<void> {
  await vi.waitFor(() => expect(clients.every(({ provider }) => provider.synced)).toBe(true), { timeout: 5000 });
}

async function showing(text: string, ...clients: StockClient[]): Promise<void> {
  await vi.waitFor(() => expect(clients.map((client) => client.text.toString())).toEqual(clients.map(() => text)), {
    timeout: 5000,
  });
}

test('three people type at once and see the same text, which the host holds and stores', async () => {
  const { store, stores } = memory(STATEMENT);
  const { url, service } = await host(stores);
  const clients = ['anna', 'ben', 'cleo'].map((token) => stock(url, STATEMENT, token));
  await synced(...clients);
  clients.forEach(({ text }, index) => {
    for (let n = 0; n < 50; n++) text.insert(Math.min(n, text.length), String.fromCharCode(97 + index));
  });
  clients[0]?.doc.getMap('variants').set('x', new Y.Text('short form'));
  await vi.waitFor(() => {
    const texts = clients.map(({ text }) => text.toString());
    expect(texts[0]).toHaveLength(150);
    expect(new Set(texts).size).toBe(1);
  });
  const rebuilt = new Y.Doc();
  await vi.waitFor(() => expect(service.textOf(STATEMENT)?.variants).toEqual({ x: 'short form' }));
  for (const { data } of store.history(STATEMENT)) Y.applyUpdate(rebuilt, data);
  expect(service.textOf(STATEMENT)?.text).toBe(clients[1]?.text.toString());
  expect(rebuilt.getText('text').toString()).toBe(clients[1]?.text.toString());
});

test('everything another client has seen is in the database after the host dies, and typing goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-sync-'));
  cleanUps.push(() => rmSync(folder, { recursive: true }));
  const open = () => {
    const db = new Database(join(folder, 'room.db'));
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    return db;
  };
  const first = open();
  first.exec(DOCUMENT_SCHEMA + DOCUMENT_DEVICES_SCHEMA + TEXT_BATCH_SCHEMA);
  const before = await host(new Map([[NOTES, createDocumentStore(first)]]));
  const anna = stock(before.url, NOTES, 'anna');
  const ben = stock(before.url, NOTES, 'ben');
  await synced(anna, ben);
  for (const char of 'seen before the crash') anna.text.insert(anna.text.length, char);
  await showing('seen before the crash', ben);
  await before.kill();
  first.close();

  anna.text.insert(anna.text.length, ', typed without a host');
  const second = open();
  cleanUps.push(() => second.close());
  const store = createDocumentStore(second);
  const loaded = new Y.Doc();
  for (const { data } of store.outline(NOTES).tail) Y.applyUpdate(loaded, data);
  expect(loaded.getText('text').toString()).toBe('seen before the crash');

  await host(new Map([[NOTES, store]]), before.port);
  await showing('seen before the crash, typed without a host', anna, ben);
});

test('refusals close with their code, the stock client stops, and nothing is created', async () => {
  const { store, stores } = memory(NOTES);
  const { url, service } = await host(stores);
  const cases = [
    [NOTES, 'stranger', 4401],
    ['no-such-room/notes', 'anna', 4404],
    ['anything/else', 'anna', 4404],
    ['%E0%A4%A', 'anna', 4404],
  ] as const;
  for (const [document, token, code] of cases) {
    const client = stock(url, document, token);
    client.text.insert(0, 'words');
    await vi.waitFor(() => expect(client.closes.map((close) => close.code)).toEqual([code]));
    expect(client.provider.shouldConnect).toBe(false);
  }
  expect(service.connections()).toBe(0);
  expect(service.documentsInMemory()).toBe(0);
  expect(store.history(NOTES)).toEqual([]);
});

test('an observer reads, comes back, shows a cursor, and is closed with 4403 on the first edit', async () => {
  const { store, stores } = memory(NOTES);
  const { url, service } = await host(stores);
  const anna = stock(url, NOTES, 'anna');
  const observer = stock(url, NOTES, 'observer');
  await synced(anna, observer);
  anna.text.insert(0, 'read this');
  anna.text.delete(0, 5);
  await showing('this', observer);
  observer.provider.disconnect();
  observer.provider.connect(); // repeats the deletion it knows of in its sync step 2
  anna.text.insert(4, ' again');
  await showing('this again', observer);
  await vi.waitFor(() => expect(anna.provider.awareness.getStates().size).toBe(2));
  expect(observer.closes).toEqual([]);

  const stored = store.history(NOTES).length;
  observer.text.insert(0, 'not mine to write');
  await vi.waitFor(() => expect(observer.closes.map(({ code }) => code)).toEqual([4403]));
  expect(observer.provider.shouldConnect).toBe(false);
  expect(service.textOf(NOTES)?.text).toBe('this again');
  expect(store.history(NOTES)).toHaveLength(stored);
});

test('name and colour come from the host, whatever the client says', async () => {
  const { stores } = memory(NOTES);
  const { url } = await host(stores);
  const anna = stock(url, NOTES, 'anna');
  const ben = stock(url, NOTES, 'ben');
  ben.provider.awareness.setLocalState({ user: { name: 'Anna', color: 'red; background: url(x)' }, cursor: null });
  await vi.waitFor(() => {
    const seen = anna.provider.awareness.getStates().get(ben.doc.clientID);
    expect(seen).toMatchObject({ user: { name: 'ben of the host', operatorId: 'ben' }, cursor: null });
    expect(seen?.['user'].color).toMatch(/^#[0-9a-f]{6}$/);
    expect(seen?.['user'].colorLight).toMatch(/^#[0-9a-f]{8}$/);
  });
  expect(ben.provider.awareness.getLocalState()?.['user'].name).toBe('Anna'); // its own copy is its own
});

test('a cursor goes when its client goes and is back when it comes back with the same clock', async () => {
  const { stores } = memory(NOTES);
  const { url } = await host(stores);
  const anna = stock(url, NOTES, 'anna');
  const ben = stock(url, NOTES, 'ben');
  const bensHere = () => anna.provider.awareness.getStates().has(ben.doc.clientID);
  await vi.waitFor(() => expect(bensHere()).toBe(true));
  for (let round = 0; round < 3; round++) {
    ben.provider.disconnect();
    await vi.waitFor(() => expect(bensHere()).toBe(false));
    ben.provider.connect();
    await vi.waitFor(() => expect(bensHere()).toBe(true));
  }
});

test('an operator is cut off at once when revoked, and judged anew when the role changes', async () => {
  const { store, stores } = memory(NOTES);
  const { url, service } = await host(stores);
  const anna = stock(url, NOTES, 'anna');
  const ben = stock(url, NOTES, 'ben');
  await synced(anna, ben);
  await vi.waitFor(() => expect(service.peers(NOTES).map(({ operatorId }) => operatorId)).toEqual(['anna', 'ben']));
  service.disconnectOperator(OperatorId.parse('ben'), 'role-changed');
  expect(service.connections()).toBe(1);
  await vi.waitFor(() => expect(ben.closes.map(({ code }) => code)).toEqual([1012]));
  await synced(ben);
  service.disconnectOperator(OperatorId.parse('ben'), 'revoked');
  ben.text.insert(0, 'too late');
  await vi.waitFor(() => expect(ben.closes.map(({ code }) => code)).toEqual([1012, 4401]));
  expect(ben.provider.shouldConnect).toBe(false);
  expect(service.textOf(NOTES)?.text).toBe('');
  expect(store.history(NOTES)).toEqual([]);
});

test('sockets of one operator are limited', async () => {
  const { stores } = memory(NOTES);
  const { url } = await host(stores, 0, { socketsPerOperator: 2 });
  await connectRaw(url, NOTES, 'anna');
  await connectRaw(url, NOTES, 'anna');
  const third = await connectRaw(url, NOTES, 'anna');
  expect(await third.closed).toMatchObject({ code: 1013 });
  const ben = stock(url, NOTES, 'ben');
  await synced(ben);
});

test('first words are stored before anybody comes, once, and with LF line ends', async () => {
  const { store, stores } = memory(STATEMENT);
  const { url, service } = await host(stores);
  const anna = OperatorId.parse('anna');
  expect(service.insertText(STATEMENT, 'We know\r\nof it.', anna, { x: 'Short.' })).toEqual({
    ok: true,
    value: expect.any(Number) as number,
  });
  expect(store.history(STATEMENT)).toHaveLength(1);
  expect(service.insertText(STATEMENT, 'again', anna)).toMatchObject({ error: { type: 'DocumentNotEmpty' } });
  expect(service.insertText('glasgow-2013/statement/none', 'x', anna)).toMatchObject({
    error: { type: 'NoSuchDocument' },
  });
  const client = stock(url, STATEMENT, 'ben');
  await showing('We know\nof it.', client);
  expect(service.textOf(STATEMENT)).toEqual({ text: 'We know\nof it.', variants: { x: 'Short.' } });
});

test('an idle document leaves memory, and its segments and history bring it back', async () => {
  const { store, stores } = memory(NOTES);
  const { url, service, idle } = await host(stores, 0, { segmentUpdates: 10 });
  const anna = stock(url, NOTES, 'anna');
  await synced(anna);
  for (let n = 0; n < 25; n++) {
    anna.text.insert(n, String(n % 10));
    await vi.waitFor(() => expect(store.history(NOTES)).toHaveLength(n + 1), { interval: 1 });
  }
  await vi.waitFor(() => expect(store.outline(NOTES).tail).toHaveLength(5));
  idle();
  expect(service.documentsInMemory()).toBe(1); // somebody is in it
  anna.destroy();
  await vi.waitFor(() => expect(service.connections()).toBe(0));
  idle();
  expect(service.documentsInMemory()).toBe(0);
  expect(store.outline(NOTES)).toMatchObject({ newest: { number: 2, through: 25 }, tail: [] });
  expect(store.history(NOTES)).toHaveLength(25);
  expect(service.textOf(NOTES)?.text).toBe('0123456789012345678901234');
});

test('the history holds the times and rebuilds the text at any moment', async () => {
  const { store, stores } = memory(NOTES);
  const { url } = await host(stores);
  const anna = stock(url, NOTES, 'anna');
  await synced(anna);
  const typed = 'as it was typed';
  for (let n = 0; n < typed.length; n++) {
    anna.text.insert(n, typed.charAt(n));
    await vi.waitFor(() => expect(store.history(NOTES)).toHaveLength(n + 1), { interval: 1 });
  }
  const history = createDocumentHistory(store.history(NOTES));
  expect(history.times).toHaveLength(typed.length);
  history.times.forEach((at, n) => expect(history.textAt(at).text).toBe(typed.slice(0, n + 1)));
  expect(history.textAt((history.times[0] ?? 0) - 1).text).toBe('');
});
