import { describe, expect, test } from 'vitest';
import { DeviceId, instant, OperatorId } from '../../shared/base/ids.ts';
import type { ClientBinding, DocumentSegment, DocumentStore, DocumentUpdate } from '../../src-main/commands/ports.ts';

const anna = OperatorId.parse('anna');
const laptop = DeviceId.parse('browser:laptop');
const phone = DeviceId.parse('browser:phone');

function update(document: string, at: number, ...bytes: number[]): DocumentUpdate {
  return { document, at: instant(at), operatorId: anna, deviceId: laptop, data: Uint8Array.from(bytes) };
}

function binding(document: string, clientId: number, deviceId = laptop): ClientBinding {
  return { document, clientId, deviceId, at: instant(1) };
}

function segment(number: number, through: number, at: number, ...bytes: number[]): DocumentSegment {
  const data = Uint8Array.from(bytes);
  return {
    number,
    first: 1,
    through,
    at: instant(at),
    historyBytes: through,
    stateVector: Uint8Array.of(number),
    data,
  };
}

function bytesOf(data: Uint8Array): number[] {
  return [...data];
}

function tailOf(store: DocumentStore, document: string): number[][] {
  return store.outline(document).tail.map(({ data }) => bytesOf(data));
}

/** What every DocumentStore keeps. */
export function documentStoreContract(name: string, createStore: () => DocumentStore): void {
  describe(name, () => {
    test('an unknown document has nothing, and asking for it makes nothing', () => {
      const store = createStore();
      expect(store.outline('workspace/notes')).toEqual({ newest: null, tail: [], bindings: [] });
      expect(store.segment('workspace/notes', 0)).toBeNull();
      expect(store.history('workspace/notes')).toEqual([]);
      expect(store.stateAt('workspace/notes', instant(5))).toEqual([]);
    });

    test('updates come back in the order they were appended, each document by itself', () => {
      const store = createStore();
      store.append({ updates: [update('a', 1, 1), update('b', 1, 9), update('a', 2, 2, 0, 255)], bindings: [] });
      store.append({ updates: [update('a', 3, 3)], bindings: [] });
      expect(tailOf(store, 'a')).toEqual([[1], [2, 0, 255], [3]]);
      expect(tailOf(store, 'b')).toEqual([[9]]);
    });

    test('the history keeps who, from where and when', () => {
      const store = createStore();
      const second = { ...update('a', 1_700_000_000_250, 2), deviceId: phone };
      store.append({ updates: [update('a', 1_700_000_000_000, 1), second], bindings: [] });
      expect(store.history('a').map(({ data: _, ...row }) => row)).toEqual([
        { at: 1_700_000_000_000, operatorId: 'anna', deviceId: 'browser:laptop', document: 'a', host: null },
        { at: 1_700_000_000_250, operatorId: 'anna', deviceId: 'browser:phone', document: 'a', host: null },
      ]);
    });

    test('a client id keeps the device that had it first, in each document by itself', () => {
      const store = createStore();
      store.append({ updates: [], bindings: [binding('a', 7), binding('b', 7, phone)] });
      store.append({ updates: [], bindings: [binding('a', 7, phone), binding('a', 4_294_967_295, phone)] });
      const owners = (document: string): unknown =>
        store.outline(document).bindings.map(({ clientId, deviceId }) => [clientId, deviceId]);
      expect(owners('a')).toEqual([
        [7, 'browser:laptop'],
        [4_294_967_295, 'browser:phone'],
      ]);
      expect(owners('b')).toEqual([[7, 'browser:phone']]);
    });

    test('a segment shortens the tail and leaves the history whole', () => {
      const store = createStore();
      store.append({ updates: [update('a', 1, 1), update('a', 2, 2)], bindings: [] });
      store.putSegment('a', segment(0, 2, 2, 12));
      store.append({ updates: [update('a', 3, 3)], bindings: [] });
      const { newest, tail } = store.outline('a');
      expect(newest && { ...newest, stateVector: bytesOf(newest.stateVector) }).toEqual({
        number: 0,
        first: 1,
        through: 2,
        at: 2,
        historyBytes: 2,
        stateVector: [0],
      });
      expect(tail.map(({ at, data }) => [at, bytesOf(data)])).toEqual([[3, [3]]]);
      expect(bytesOf(store.segment('a', 0) ?? Uint8Array.of())).toEqual([12]);
      expect(store.segment('a', 1)).toBeNull();
      expect(store.history('a').map(({ data }) => bytesOf(data))).toEqual([[1], [2], [3]]);
    });

    test('segments follow each other, and the newest may grow', () => {
      const store = createStore();
      store.append({ updates: [1, 2, 3].map((n) => update('a', n, n)), bindings: [] });
      store.putSegment('a', segment(0, 1, 1, 1));
      store.putSegment('a', segment(1, 2, 2, 2));
      store.putSegment('a', segment(1, 3, 3, 2, 3));
      expect(store.outline('a').newest).toMatchObject({ number: 1, through: 3 });
      expect(store.outline('a').tail).toEqual([]);
      expect([0, 1].map((number) => bytesOf(store.segment('a', number) ?? Uint8Array.of()))).toEqual([[1], [2, 3]]);
    });

    test('the state at a moment is the segments that end before it and the updates between', () => {
      const store = createStore();
      store.append({ updates: [10, 20, 30, 40].map((at, n) => update('a', at, n + 1)), bindings: [] });
      store.putSegment('a', segment(0, 2, 20, 12));
      const stateAt = (at: number): unknown => store.stateAt('a', instant(at)).map(bytesOf);
      expect(stateAt(9)).toEqual([]);
      expect(stateAt(10)).toEqual([[1]]);
      expect(stateAt(19)).toEqual([[1]]);
      expect(stateAt(20)).toEqual([[12]]);
      expect(stateAt(30)).toEqual([[12], [3]]);
      expect(stateAt(99)).toEqual([[12], [3], [4]]);
    });

    test('a moment is every update whose own time it has reached, whenever it was stored', () => {
      const store = createStore();
      store.append({ updates: [10, 50, 20, 60, 5].map((at, n) => update('a', at, n + 1)), bindings: [] });
      const stateAt = (at: number): unknown => store.stateAt('a', instant(at)).map(bytesOf);
      expect([5, 10, 30, 50, 60].map(stateAt)).toEqual([
        [[5]],
        [[1], [5]],
        [[1], [3], [5]],
        [[1], [2], [3], [5]],
        [[1], [2], [3], [4], [5]],
      ]);
      // A segment is as late as the latest up to its end, and none stands for its updates before that.
      store.putSegment('a', segment(0, 2, 50, 12));
      store.putSegment('a', segment(1, 3, 50, 3));
      expect([5, 30, 50, 60].map(stateAt)).toEqual([[[5]], [[1], [3], [5]], [[12], [3], [5]], [[12], [3], [4], [5]]]);
    });

    test('bytes that the caller changes afterwards are not changed in the store', () => {
      const store = createStore();
      const mine = update('a', 1, 7);
      store.append({ updates: [mine], bindings: [] });
      mine.data[0] = 8;
      expect(tailOf(store, 'a')).toEqual([[7]]);
    });

    test('appending nothing is nothing', () => {
      const store = createStore();
      store.append({ updates: [], bindings: [] });
      expect(store.history('a')).toEqual([]);
    });
  });
}
