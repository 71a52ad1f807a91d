import { expect, test } from 'vitest';
import * as decoding from 'lib0/decoding';
import * as Y from 'yjs';
import { DeviceId, instant } from '../../../shared/base/ids.ts';
import { answerFrame, presenceFrame, stateVectorFrame, updateFrame } from '../../../src-main/host/sync/frames.ts';
import { createSyncService } from '../../../src-main/host/sync/sync-service.ts';
import type { SyncLimits, SyncSocket } from '../../../src-main/host/sync/sync-socket.ts';
import { writeUpdate, type PlainStruct } from '../../fuzz/write-update.ts';
import { createMemoryDocumentStore } from '../../support/memory-document-store.ts';
import { NOTES, peerOf } from '../../support/sync-host.ts';

// What a turn of the event loop does, seen from sockets that say exactly how much they have read.

function setUp(limits: Partial<SyncLimits> = {}) {
  const store = createMemoryDocumentStore();
  const timers: { readonly at: number; readonly act: () => void }[] = [];
  let now = 1_700_000_000_000;
  const service = createSyncService({
    directory: { find: (name) => (name === NOTES ? { store } : null) },
    clock: { now: () => instant(now) },
    log: { warn: () => undefined, error: () => undefined },
    deviceId: DeviceId.parse('host:under-test'),
    limits,
    schedule(delayMs, act) {
      const timer = { at: now + delayMs, act };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
  });
  return {
    store,
    service,
    pass(ms: number): void {
      now += ms;
      for (const timer of timers.filter(({ at }) => at <= now)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.act();
      }
      service.flush();
    },
    open: (token: string) => openSocket(service, token),
  };
}

function openSocket(service: ReturnType<typeof createSyncService>, token: string) {
  const doc = new Y.Doc();
  const written: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array, origin) => void (origin === 'host' || written.push(update)));
  const state = { unread: 0, closed: null as number | null, paused: false };
  const frames: Uint8Array[] = [];
  let receive: (frame: Uint8Array) => void = () => undefined;
  const socket: SyncSocket = {
    send: (frame) => void frames.push(frame),
    close: (code) => (state.closed = code),
    onMessage: (handler) => (receive = handler),
    onClose: () => undefined,
    bufferedBytes: () => state.unread,
    pause: () => (state.paused = true),
    resume: () => (state.paused = false),
  };
  service.connect(socket, NOTES, peerOf(token));
  return {
    doc,
    state,
    frames,
    give: (frame: Uint8Array) => receive(frame),
    ask: () => receive(stateVectorFrame(Y.encodeStateVector(doc))),
    updates: () => written.splice(0),
    /** Sends what was written since. */
    say: () => written.splice(0).forEach((update) => receive(updateFrame(update))),
    /** Reads everything that was sent; returns the kinds of what came: 1 asks, 2 answers, 3 updates, 0 is awareness. */
    read: () => frames.splice(0).map((frame) => readInto(doc, frame)),
  };
}

function readInto(doc: Y.Doc, frame: Uint8Array): number {
  const decoder = decoding.createDecoder(frame);
  if (decoding.readVarUint(decoder) !== 0) return 0;
  const kind = decoding.readVarUint(decoder);
  const data = decoding.readVarUint8Array(decoder);
  if (kind > 0) Y.applyUpdate(doc, data, 'host');
  return kind + 1;
}

test('who joins is sent a long document as fast as they read, and every edit meanwhile once', async () => {
  const { service, pass, open } = setUp({ segmentUpdates: 10, joinBytes: 200 });
  const anna = open('anna');
  anna.ask();
  service.flush();
  for (let n = 0; n < 95; n++) {
    anna.doc.getText('text').insert(n, String(n % 10));
    anna.say();
    service.flush();
    await new Promise(setImmediate);
  }
  const ben = open('ben');
  ben.read();
  ben.state.unread = 1000;
  ben.ask();
  service.flush();
  expect(ben.read(), 'nothing more for who has enough to read').toEqual([]);
  anna.doc.getText('text').insert(0, 'meanwhile ');
  anna.say();
  service.flush();
  expect(ben.read(), 'nor edits that build on what they have not got').toEqual([]);
  ben.state.unread = 0;
  const kinds: number[] = [];
  for (let turns = 0; turns < 40; turns++) {
    pass(10);
    kinds.push(...ben.read());
    expect(ben.doc.store.pendingStructs).toBeNull();
    await new Promise(setImmediate);
  }
  expect(kinds.filter((kind) => kind === 3).length).toBeGreaterThan(5);
  expect(kinds.indexOf(2), 'synced with the last of it').toBe(kinds.length - 1);
  expect(ben.doc.getText('text').toString()).toBe(anna.doc.getText('text').toString());
  anna.doc.getText('text').insert(0, 'and now ');
  anna.say();
  service.flush();
  expect(ben.read()).toEqual([3]);
  expect(ben.doc.getText('text').toString()).toBe(anna.doc.getText('text').toString());
});

test('an answer comes after the commit of what was sent before it, and not without', () => {
  const { service, store, open } = setUp();
  const anna = open('anna');
  anna.ask();
  service.flush();
  anna.read();
  anna.doc.getText('text').insert(0, 'words');
  anna.say();
  anna.ask();
  expect(anna.frames).toEqual([]);
  service.flush();
  expect(store.history(NOTES)).toHaveLength(1);
  expect(anna.read()).toEqual([2]);
  store.failAppend = new Error('disk is full');
  anna.doc.getText('text').insert(0, 'more ');
  anna.say();
  anna.ask();
  service.flush();
  expect(anna.read()).toEqual([]);
  expect(anna.state.closed).toBe(1013);
});

test('a key that goes out before what was written offline loses nothing, and costs no socket', () => {
  const { service, open } = setUp();
  const anna = open('anna');
  anna.ask();
  service.flush();
  anna.doc.getText('text').insert(0, 'offline ');
  const answer = Y.encodeStateAsUpdate(anna.doc);
  anna.doc.getText('text').insert(8, 'key');
  const [, key] = anna.updates();
  if (key === undefined) throw new Error('no key');
  anna.give(updateFrame(key));
  service.flush();
  expect(service.textOf(NOTES)?.text).toBe('');
  anna.give(answerFrame(Y.mergeUpdates([answer, key])));
  service.flush();
  expect(service.textOf(NOTES)?.text).toBe('offline key');
  expect(anna.state.closed).toBeNull();
});

test('who comes after an update that cannot be applied is heard, also when the disk is full in that turn', () => {
  const { service, store, open } = setUp();
  const [anna, ben, eve] = [open('anna'), open('ben'), open('eve')];
  anna.doc.clientID = 1;
  anna.doc.getText('text').insert(0, 'ab');
  anna.say();
  ben.ask();
  service.flush();
  ben.read();
  anna.doc.getText('text').insert(2, 'c');
  ben.doc.getText('text').insert(0, '0');
  anna.say();
  // Between two neighbours that stand the other way round: found out only by applying it.
  const origin = { client: 1, clock: 1 };
  const rightOrigin = { client: 1, clock: 0 };
  const crossed: PlainStruct = { kind: 'item', origin, rightOrigin, content: { type: 'string', text: 'x' } };
  const sections = [{ client: 9, clock: 0, structs: [crossed] }];
  eve.give(updateFrame(writeUpdate({ sections, deletes: [] })));
  ben.say();
  store.failAppend = new Error('disk full');
  service.flush();
  store.failAppend = null;
  service.flush();
  expect(service.textOf(NOTES)?.text).toBe('0ab');
  expect([anna, ben, eve].map(({ state }) => state.closed)).toEqual([1013, null, 1003]);
});

test('what came together is one frame for everybody, and one commit', () => {
  const { service, store, open } = setUp();
  const [anna, ben, cleo] = ['anna', 'ben', 'cleo'].map(open);
  if (!anna || !ben || !cleo) throw new Error('three');
  for (const one of [anna, ben, cleo]) one.ask();
  service.flush();
  for (const one of [anna, ben, cleo]) one.read();
  let commits = 0;
  const append = store.append.bind(store);
  store.append = (batch) => {
    commits += 1;
    append(batch);
  };
  for (const char of 'anna') anna.doc.getText('text').insert(0, char);
  for (const char of 'ben') ben.doc.getText('text').insert(0, char);
  anna.say();
  ben.say();
  service.flush();
  expect(commits).toBe(1);
  expect(store.history(NOTES).map(({ operatorId }) => operatorId)).toEqual([
    ...['anna', 'anna', 'anna', 'anna'],
    ...['ben', 'ben', 'ben'],
  ]);
  expect([anna, ben, cleo].map((one) => one.read())).toEqual([[3], [3], [3]]);
  const texts = [anna, ben, cleo].map(({ doc }) => doc.getText('text').toString());
  expect(new Set(texts).size).toBe(1);
  expect(service.textOf(NOTES)?.text).toBe(texts[0]);
});

test('who has been relayed everything is not sent every deletion again; who comes back is', () => {
  const { service, open } = setUp();
  const anna = open('anna');
  anna.ask();
  service.flush();
  for (let n = 0; n < 50; n++) {
    anna.doc.getText('text').insert(0, 'ab');
    anna.doc.getText('text').delete(1, 1);
  }
  anna.say();
  anna.ask();
  service.flush();
  const answer = anna.frames.at(-1);
  anna.read();
  expect(answer).toEqual(answerFrame(Uint8Array.of(0, 0)));
  const back = open('ben');
  Y.applyUpdate(back.doc, Y.encodeStateAsUpdate(anna.doc), 'host');
  back.ask();
  service.flush();
  expect(back.frames.at(-1)?.length).toBeGreaterThan(50);
});

test('however often somebody moves their cursor, it is relayed ten times a second', () => {
  const { pass, open } = setUp();
  const [anna, ben] = ['anna', 'ben'].map(open);
  if (!anna || !ben) throw new Error('two');
  pass(1000);
  ben.read();
  for (let n = 0; n < 1000; n++) {
    const cursor = { anchor: { tname: 'text', item: null, assoc: 0 }, head: { tname: 'text', item: null, assoc: 0 } };
    anna.give(presenceFrame([{ clientId: 7, clock: n + 1, json: JSON.stringify({ n, cursor, odd: { deep: [] } }) }]));
    pass(1);
  }
  const relayed = ben.frames.splice(0);
  expect(relayed.length).toBeLessThanOrEqual(11);
  const last = Buffer.from(relayed.at(-1) ?? Uint8Array.of()).toString('latin1');
  expect(last).toContain('"tname":"text"');
  expect(last).toContain('"role":"Communications"');
  expect(last, 'nothing that is neither a cursor nor a small fact').not.toContain('deep');
  expect(anna.state.closed).toBeNull();
});

test('whoever sends too much is not listened to until the account is even, also by another socket', () => {
  const pace = { burstFrames: 10, framesPerSecond: 10, burstBytes: 1e6, bytesPerSecond: 1e6 };
  const { service, pass, open } = setUp({ pace: { ...pace, burstParts: 1e6, partsPerSecond: 1e6 } });
  const [anna, ben] = ['anna', 'ben'].map(open);
  if (!anna || !ben) throw new Error('two');
  for (let n = 0; n < 30; n++) anna.give(Uint8Array.of(3));
  expect([anna.state.paused, ben.state.paused]).toEqual([true, false]);
  expect(open('anna').state.paused).toBe(true);
  pass(1900);
  expect(anna.state.paused).toBe(true);
  pass(200);
  expect(anna.state.paused).toBe(false);
  expect(anna.state.closed).toBeNull();
  expect(service.connections()).toBe(3);
});

test('most of a text deleted at once is announced, its author held up, and one act brings it back', async () => {
  const { service, store, pass, open } = setUp();
  const [anna, ben] = ['anna', 'ben'].map(open);
  if (!anna || !ben) throw new Error('two');
  for (const one of [anna, ben]) one.ask();
  service.flush();
  for (const one of [anna, ben]) one.read();
  const words = 'What we know, said well and with care. '.repeat(10);
  anna.doc.getText('text').insert(0, words);
  anna.doc.getMap('variants').set('x', new Y.Text('Short.'));
  anna.say();
  service.flush();
  pass(60_000);
  ben.read();
  ben.doc.getText('text').delete(0, words.length - 5);
  ben.say();
  service.flush();
  expect([anna.state.paused, ben.state.paused]).toEqual([false, true]);
  anna.read();
  expect(anna.doc.getText('text').toString()).toHaveLength(5);
  const [deletion] = store.history(NOTES).slice(-1);
  const restored = await service.restoreText(NOTES, instant((deletion?.at ?? 1) - 1), peerOf('anna').operatorId);
  expect(restored).toMatchObject({ ok: true, value: { changedAt: deletion?.at } });
  for (const one of [anna, ben]) one.read();
  expect([anna, ben].map(({ doc }) => doc.getText('text').toString())).toEqual([words, words]);
  expect(service.textOf(NOTES)).toEqual({ text: words, variants: { x: 'Short.' } });
  expect(store.history(NOTES).at(-1)).toMatchObject({ operatorId: 'anna', deviceId: 'host:under-test' });
  pass(3000);
  expect(ben.state.paused).toBe(false);
  expect(await service.restoreText(NOTES, instant(5), peerOf('anna').operatorId)).toMatchObject({
    error: { type: 'NothingBefore' },
  });
  expect(await service.restoreText('workspace/none', instant(5), peerOf('anna').operatorId)).toMatchObject({
    error: { type: 'NoSuchDocument' },
  });
});
