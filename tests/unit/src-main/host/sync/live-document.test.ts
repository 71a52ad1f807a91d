import { describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { DeviceId, instant, OperatorId } from '../../../../../shared/base/ids.ts';
import { createLiveDocument, type LiveDocument } from '../../../../../src-main/host/sync/live-document.ts';
import { DEFAULT_SYNC_LIMITS } from '../../../../../src-main/host/sync/sync-socket.ts';
import { decodeUpdate } from '../../../../../src-main/host/sync/update-check.ts';
import { createMemoryDocumentStore, type MemoryDocumentStore } from '../../../../support/memory-document-store.ts';
import { createRandom } from '../../../../support/random.ts';

const NAME = 'workspace/notes';
const anna = OperatorId.parse('anna');
const limits = { ...DEFAULT_SYNC_LIMITS, segmentUpdates: 7 };

/** A client whose edits go to the document one by one, as its own device. */
function createWriter(clientId: number) {
  const doc = new Y.Doc();
  doc.clientID = clientId;
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array, origin) => void (origin === 'host' || updates.push(update)));
  return { doc, deviceId: DeviceId.parse(`browser:${String(clientId)}`), take: () => updates.splice(0) };
}

type Writer = ReturnType<typeof createWriter>;

function offer(live: LiveDocument, data: Uint8Array, deviceId: DeviceId, at = 1) {
  const decoded = decodeUpdate(data);
  if (decoded === null) throw new Error('not an update');
  return live.take({ data, decoded, deviceId }, instant(at));
}

/** Takes and stores what a writer wrote. */
function keep(live: LiveDocument, store: MemoryDocumentStore, writer: Writer, at: number): void {
  for (const data of writer.take()) {
    const taken = offer(live, data, writer.deviceId, at);
    if (taken.type !== 'Taken' || taken.news === null) throw new Error(taken.type);
    const updates = [
      { document: NAME, at: instant(at), operatorId: anna, deviceId: writer.deviceId, data: taken.news },
    ];
    store.append({ updates, bindings: taken.owners.map((owner) => ({ document: NAME, ...owner })) });
    if (live.isSegmentDue()) live.writeSegment();
  }
}

/** What somebody reads who holds nothing yet. */
function joined(live: LiveDocument): Y.Doc {
  const doc = new Y.Doc();
  const last = live.newestSegment()?.number ?? -1;
  for (let number = 0; number <= last; number++) {
    Y.applyUpdate(doc, live.segmentData(number));
    expect(doc.store.pendingStructs).toBeNull();
    expect(doc.store.pendingDs).toBeNull();
  }
  Y.applyUpdate(doc, live.rest());
  expect(doc.store.pendingStructs).toBeNull();
  expect(doc.store.pendingDs).toBeNull();
  return doc;
}

function wordsOf(doc: Y.Doc): unknown {
  return {
    text: doc.getText('text').toString(),
    x: (doc.getMap('variants').get('x') as Y.Text | undefined)?.toString(),
  };
}

describe('serving', () => {
  test('segments and the rest are the document, cold and loaded, whenever it was left and opened again', () => {
    const seed = 41;
    const random = createRandom(seed);
    const store = createMemoryDocumentStore();
    const writers = [11, 22, 33].map(createWriter);
    const states: unknown[] = [];
    let live = createLiveDocument(NAME, store, limits);
    for (let step = 1; step <= 400; step++) {
      const writer = writers[Math.floor(random() * 3)];
      if (writer === undefined) throw new Error('no writer');
      Y.applyUpdate(writer.doc, live.missing(Y.decodeStateVector(Y.encodeStateVector(writer.doc))), 'host');
      edit(writer.doc, random, step);
      keep(live, store, writer, step);
      states.push(wordsOf(writer.doc));
      if (random() < 0.15) {
        const note = `seed ${String(seed)}, step ${String(step)}`;
        expect(wordsOf(joined(live)), note).toEqual(wordsOf(writer.doc));
        if (random() < 0.7) live.writeSegment();
        live.destroy();
        live = createLiveDocument(NAME, store, limits);
        expect(Y.decodeStateVector(live.stateVector()), note).toEqual(
          Y.decodeStateVector(Y.encodeStateVector(writer.doc)),
        );
        expect(wordsOf(joined(live)), note).toEqual(wordsOf(writer.doc));
        expect(live.isLoaded(), note).toBe(false);
        expect(wordsOf(live.loadAll()), note).toEqual(wordsOf(writer.doc));
        expect(wordsOf(joined(live)), note).toEqual(wordsOf(writer.doc));
      }
    }
    expect(live.newestSegment()?.number).toBeGreaterThan(10);
    for (const at of [1, 50, 51, 52, 199, 300, 399, 400]) {
      const doc = new Y.Doc();
      for (const piece of store.stateAt(NAME, instant(at))) Y.applyUpdate(doc, piece);
      expect(wordsOf(doc), `seed ${String(seed)}, moment ${String(at)}`).toEqual(states[at - 1]);
    }
  });

  test('a long history without segments is read in slices, and has segments afterwards', () => {
    const store = createMemoryDocumentStore();
    const writer = createWriter(11);
    for (let n = 0; n < 700; n++) writer.doc.getText('text').insert(n, String(n % 10));
    const updates = writer.take().map((data, n) => ({
      ...{ document: NAME, at: instant(n + 1), operatorId: anna, deviceId: writer.deviceId },
      data,
    }));
    store.append({ updates, bindings: [] });
    const live = createLiveDocument(NAME, store, { ...limits, segmentUpdates: 256 });
    let slices = 1;
    while (!live.loadSome()) slices += 1;
    expect(slices).toBe(3);
    expect(live.newestSegment()).toMatchObject({ number: 1, through: 512 });
    live.writeSegment();
    expect(store.outline(NAME).newest).toMatchObject({ number: 2, first: 513, through: 700, at: 700 });
    expect(joined(live).getText('text').toString()).toBe(writer.doc.getText('text').toString());
  });

  test('a segment that cannot be written keeps nobody from reading', () => {
    const store = createMemoryDocumentStore();
    const writer = createWriter(11);
    for (let n = 0; n < 20; n++) writer.doc.getText('text').insert(n, 'x');
    const row = { document: NAME, at: instant(1), operatorId: anna, deviceId: writer.deviceId };
    store.append({ updates: writer.take().map((data) => ({ ...row, data })), bindings: [] });
    store.putSegment = () => {
      throw new Error('disk is full');
    };
    const live = createLiveDocument(NAME, store, limits);
    expect(live.text().text).toBe('x'.repeat(20));
  });

  test('a hole in what is stored is never served as less text', () => {
    const store = createMemoryDocumentStore();
    const writer = createWriter(11);
    writer.doc.getText('text').insert(0, 'first');
    writer.doc.getText('text').insert(5, 'second');
    const [, second] = writer.take();
    const row = { document: NAME, at: instant(1), operatorId: anna, deviceId: writer.deviceId };
    store.append({ updates: second === undefined ? [] : [{ ...row, data: second }], bindings: [] });
    expect(() => createLiveDocument(NAME, store, limits).loadAll()).toThrow('have a hole');
  });
});

describe('taking', () => {
  function setUp(changed: Partial<typeof limits> = {}) {
    const store = createMemoryDocumentStore();
    const live = createLiveDocument(NAME, store, { ...limits, ...changed });
    const [owner, stranger] = [createWriter(11), createWriter(22)];
    owner.doc.getText('text').insert(0, 'owned words');
    keep(live, store, owner, 1);
    return { store, live, owner, stranger };
  }

  test("an update that advances a colleague's clock is refused, and their later typing arrives", () => {
    const { live, store, owner, stranger } = setUp();
    // What the poison is made of: nothing but a stretch of clocks under the victim's client id.
    const poison = Uint8Array.from([1, 1, 11, 11, 0, 5, 0]);
    expect(offer(live, poison, stranger.deviceId)).toEqual({ type: 'NotYours', why: 'foreign client id' });
    owner.doc.getText('text').insert(0, 'typed later, ');
    keep(live, store, owner, 2);
    expect(live.text().text).toBe('typed later, owned words');
  });

  test("before its first edit, a client id is already its device's by its awareness", () => {
    const { live, stranger } = setUp();
    const newcomer = DeviceId.parse('browser:newcomer');
    expect(live.claim(newcomer, 33, instant(1))).toMatchObject({ type: 'Owned', fresh: [{ clientId: 33 }] });
    expect(offer(live, Uint8Array.from([1, 1, 33, 0, 0, 5, 0]), stranger.deviceId).type).toBe('NotYours');
  });

  test('what is held is compared and ignored, what says otherwise is refused', () => {
    const { live, owner, stranger } = setUp();
    const whole = Y.encodeStateAsUpdate(owner.doc);
    expect(offer(live, whole, stranger.deviceId)).toMatchObject({ type: 'Taken', news: null });
    const liar = createWriter(11);
    liar.doc.getText('text').insert(0, 'other words');
    const lie = Y.encodeStateAsUpdate(liar.doc);
    expect(offer(live, lie, stranger.deviceId)).toEqual({ type: 'NotYours', why: 'contradiction' });
    expect(offer(live, lie, owner.deviceId)).toEqual({ type: 'NotYours', why: 'contradiction' });
  });

  test('of what is held in part, only the new part is kept', () => {
    const { live, owner } = setUp();
    owner.doc.getText('text').insert(11, ', and more');
    owner.doc.getText('text').delete(0, 6);
    owner.take();
    const taken = offer(live, Y.encodeStateAsUpdate(owner.doc), owner.deviceId);
    if (taken.type !== 'Taken' || taken.news === null) throw new Error(taken.type);
    expect(taken).toMatchObject({ deleted: 6, held: 11 });
    expect(taken.news.length).toBeLessThan(Y.encodeStateAsUpdate(owner.doc).length);
    expect(live.text().text).toBe('words, and more');
    expect(offer(live, Y.encodeStateAsUpdate(owner.doc), owner.deviceId)).toMatchObject({ type: 'Taken', news: null });
  });

  test('what never were neighbours are none, also of a part that is held to its half', () => {
    const { live, owner, stranger } = setUp();
    Y.applyUpdate(stranger.doc, live.missing(new Map()), 'host');
    stranger.doc.getText('text').insert(0, 'abcdef');
    const [own] = stranger.take();
    if (own === undefined) throw new Error('nothing was written');
    expect(offer(live, own, stranger.deviceId)).toMatchObject({ type: 'Taken' });
    stranger.doc.getText('text').delete(0, 6);
    const [deletion] = stranger.take();
    expect(offer(live, deletion ?? own, stranger.deviceId)).toMatchObject({ type: 'Taken', deleted: 6 });
    // "efg", of which two are held and gone, right after its own fourth and right before its own second sign.
    const torn = Uint8Array.from([1, 1, 22, 4, 0xc4, 22, 3, 22, 1, 3, 101, 102, 103, 0]);
    expect(offer(live, torn, stranger.deviceId).type).toBe('Unfit');
    live.forget();
    owner.doc.getText('text').insert(0, 'still ');
    const [still] = owner.take();
    expect(offer(live, still ?? own, owner.deviceId)).toMatchObject({ type: 'Taken' });
  });

  test('thousands of fresh client ids in one update are refused whole', () => {
    const { live, stranger } = setUp();
    const flood = Y.mergeUpdates(
      Array.from({ length: 300 }, (_, n) => {
        const writer = createWriter(1000 + n);
        writer.doc.getText('text').insert(0, 'x');
        return Y.encodeStateAsUpdate(writer.doc);
      }),
    );
    expect(offer(live, flood, stranger.deviceId)).toEqual({ type: 'NotYours', why: 'too many client ids' });
    expect(live.text().text).toBe('owned words');
  });

  test('a full document takes no more words, and deletions still', () => {
    const { live, owner } = setUp({ documentUnits: 20 });
    owner.doc.getText('text').insert(0, 'ten more..');
    const [more] = owner.take();
    expect(offer(live, more ?? Uint8Array.of(0, 0), owner.deviceId)).toEqual({ type: 'Full' });
    const reader = createWriter(22);
    Y.applyUpdate(reader.doc, live.missing(new Map()), 'host');
    reader.doc.getText('text').delete(0, 6);
    const [less] = reader.take();
    expect(offer(live, less ?? Uint8Array.of(0, 0), reader.deviceId)).toMatchObject({ type: 'Taken' });
    expect(live.text().text).toBe('words');
  });

  test('what was not stored is forgotten with its client ids', () => {
    const { live, stranger } = setUp();
    stranger.doc.getText('text').insert(0, 'lost ');
    const [lost] = stranger.take();
    expect(offer(live, lost ?? Uint8Array.of(0, 0), stranger.deviceId)).toMatchObject({ type: 'Taken' });
    live.forget();
    expect(live.text().text).toBe('owned words');
    expect(live.claim(DeviceId.parse('browser:other'), 22, instant(1)).type).toBe('Owned');
  });
});

function edit(doc: Y.Doc, random: () => number, step: number): void {
  const text = doc.getText('text');
  const variants = doc.getMap<Y.Text>('variants');
  const at = Math.floor(random() * (text.length + 1));
  const kind = random();
  doc.transact(() => {
    if (kind < 0.55 || text.length < 5) text.insert(at, `${String(step)} `);
    else if (kind < 0.75) text.delete(Math.min(at, text.length - 1), 1);
    else if (kind < 0.85) text.delete(0, Math.floor(text.length / 2));
    else if (kind < 0.95) (variants.get('x') ?? variants.set('x', new Y.Text())).insert(0, String(step));
    else variants.set('x', new Y.Text(`new ${String(step)}`));
  });
}
