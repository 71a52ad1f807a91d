import type { DeviceKeyDeps, KeyShelf } from './device-key.ts';

const DATABASE = 'firebreak-device';
const STORE = 'keys';
const NAME = 'this-browser';

/** What a browser has for a key; null where it has not all of it: an old one, or a page that is no secure context. */
export function browserKeyDeps(): DeviceKeyDeps | null {
  const { crypto, indexedDB, navigator } = globalThis as Partial<typeof globalThis>;
  const subtle = crypto?.subtle;
  const locks = navigator?.locks;
  if (!subtle || !indexedDB || !locks) return null;
  return {
    subtle,
    shelf: indexedDbShelf(indexedDB),
    exclusively: (act) => locks.request('firebreak/device-key', act),
    persist: () => navigator?.storage.persist() ?? Promise.resolve(false),
  };
}

/** IndexedDB keeps a key as a key: its private part is never in the page's hands. */
function indexedDbShelf(indexedDB: IDBFactory): KeyShelf {
  async function within<Value>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<Value> {
    const db = await opened(indexedDB);
    try {
      const transaction = db.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      // Not the request alone: what is written counts once the transaction has ended.
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error ?? new Error('the browser keeps nothing'));
      });
      return request.result as Value;
    } finally {
      db.close();
    }
  }
  return {
    read: () => within('readonly', (store) => store.get(NAME)),
    write: (pair) => within('readwrite', (store) => store.put(pair, NAME)),
  };
}

function opened(indexedDB: IDBFactory): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser keeps nothing'));
  });
}
