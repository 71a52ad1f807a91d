import { describe, expect, test } from 'vitest';
import { instant, OperatorId } from '../../shared/base/ids.ts';
import type { DocumentStore, DocumentUpdate } from '../../src-main/commands/ports.ts';

const anna = OperatorId.parse('anna');

function update(document: string, at: number, ...bytes: number[]): DocumentUpdate {
  return { document, at: instant(at), operatorId: anna, data: Uint8Array.from(bytes) };
}

function bytesOf(data: Uint8Array): number[] {
  return [...data];
}

/** What every DocumentStore keeps. */
export function documentStoreContract(name: string, createStore: () => DocumentStore): void {
  describe(name, () => {
    test('an unknown document has neither checkpoint nor updates nor history', () => {
      const store = createStore();
      expect(store.load('workspace/notes')).toEqual({ checkpoint: null, updates: [] });
      expect(store.history('workspace/notes')).toEqual([]);
    });

    test('updates come back in the order they were appended, each document by itself', () => {
      const store = createStore();
      store.append([update('a', 1, 1), update('b', 1, 9), update('a', 2, 2, 0, 255)]);
      store.append([update('a', 3, 3)]);
      expect(store.load('a').updates.map(bytesOf)).toEqual([[1], [2, 0, 255], [3]]);
      expect(store.load('b').updates.map(bytesOf)).toEqual([[9]]);
    });

    test('the history keeps who and when', () => {
      const store = createStore();
      store.append([update('a', 1_700_000_000_000, 1), update('a', 1_700_000_000_250, 2)]);
      expect(store.history('a').map(({ at, operatorId, document }) => ({ at, operatorId, document }))).toEqual([
        { at: 1_700_000_000_000, operatorId: 'anna', document: 'a' },
        { at: 1_700_000_000_250, operatorId: 'anna', document: 'a' },
      ]);
    });

    test('a checkpoint shortens loading and leaves the history whole', () => {
      const store = createStore();
      store.append([update('a', 1, 1), update('a', 2, 2)]);
      store.putCheckpoint('a', Uint8Array.of(12));
      store.append([update('a', 3, 3)]);
      const { checkpoint, updates } = store.load('a');
      expect(checkpoint && bytesOf(checkpoint)).toEqual([12]);
      expect(updates.map(bytesOf)).toEqual([[3]]);
      expect(store.history('a').map(({ data }) => bytesOf(data))).toEqual([[1], [2], [3]]);
    });

    test('a newer checkpoint takes the place of the older', () => {
      const store = createStore();
      store.append([update('a', 1, 1)]);
      store.putCheckpoint('a', Uint8Array.of(1));
      store.append([update('a', 2, 2)]);
      store.putCheckpoint('a', Uint8Array.of(2));
      const { checkpoint, updates } = store.load('a');
      expect(checkpoint && bytesOf(checkpoint)).toEqual([2]);
      expect(updates).toEqual([]);
    });

    test('bytes that the caller changes afterwards are not changed in the store', () => {
      const store = createStore();
      const mine = update('a', 1, 7);
      store.append([mine]);
      mine.data[0] = 8;
      expect(store.load('a').updates.map(bytesOf)).toEqual([[7]]);
    });

    test('appending nothing is nothing', () => {
      const store = createStore();
      store.append([]);
      expect(store.history('a')).toEqual([]);
    });
  });
}
