import { IndexeddbPersistence } from 'y-indexeddb';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { createDocumentLink, type DocumentLink, type LinkRefusal, type LinkState } from './document-link.ts';

/** Not with every key: writing to the browser's storage twice a key was felt by whoever typed. */
const CLEAR_AFTER_MS = 1000;

export interface DocumentConnectionOptions {
  /** `workspace/notes`, `ROOM/notes`, `ROOM/statement/ID`. */
  readonly document: string;
  readonly workspaceId: string;
  /** `ws(s)://HOST/yjs`, or `BRIDGE_SYNC_URL` with its socket on the desktop. */
  readonly url: string;
  /** A short-lived token for this document; undefined where the host gives none; rejects when it is unreachable. */
  readonly getToken: () => Promise<string | undefined>;
  readonly socket?: typeof WebSocket;
  /** An observer's: nothing is kept in the tab, because nothing of it may ever be sent. */
  readonly readonly?: boolean;
}

/** The sync endpoint on the host that served this page. */
export function syncUrl(location: { readonly protocol: string; readonly host: string }): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/yjs`;
}

/**
 * A Yjs document as the screen holds it: live from the host, kept in this browser while the host is away. `destroy`
 * must be called when the view goes.
 */
export class DocumentConnection {
  readonly document: string;
  readonly doc = new Y.Doc();
  readonly awareness = new Awareness(this.doc);
  #link: LinkState = $state.raw({ state: 'connecting' });
  #unsent = $state(false);
  #kept = $state(false);
  /** Whether the store says that the host lacks something. */
  #marked = false;
  #clearing: ReturnType<typeof setTimeout> | undefined;
  readonly #line: DocumentLink;
  readonly #store: IndexeddbPersistence | undefined;
  readonly #endOnline: () => void;
  #destroyed = false;

  constructor(options: DocumentConnectionOptions) {
    this.document = options.document;
    const store = options.readonly
      ? undefined
      : openStore(`firebreak/${options.workspaceId}/${options.document}`, this.doc);
    this.#store = store;
    this.#line = createDocumentLink({
      document: options.document,
      url: options.url,
      doc: this.doc,
      awareness: this.awareness,
      getToken: options.getToken,
      ...(options.socket && { socket: options.socket }),
      isForeign: (origin) => store !== undefined && origin === store,
      onState: (state) => {
        this.#link = state;
      },
      onUnsent: (unsent) => {
        this.#unsent = unsent;
        if (this.#kept) this.#noteUnsent(store, unsent);
      },
    });
    void store?.whenSynced.then(async () => {
      const wasUnsent: unknown = await store.get('unsent');
      this.#kept = true;
      this.#marked = wasUnsent === 1;
      if (wasUnsent === 1)
        this.#line.markUnsent(); // from before this tab was closed or reloaded
      else if (this.#unsent) this.#noteUnsent(store, true);
    });
    // A network that is back does not open a door that was closed for a reason.
    const online = (): void => (this.state === 'refused' ? undefined : this.#line.retry());
    window.addEventListener('online', online);
    this.#endOnline = () => window.removeEventListener('online', online);
  }

  get state(): LinkState['state'] {
    return this.#link.state;
  }

  /** Why it was refused; undefined in every other state. */
  get reason(): LinkRefusal | undefined {
    return this.#link.state === 'refused' ? this.#link.reason : undefined;
  }

  /** True while the host is not known to have every edit made here. True for an instant after each key, too. */
  get unsent(): boolean {
    return this.#unsent;
  }

  /** How many characters stand here that the host is not known to have. Walks the document: not for every key. */
  unsentLength(): number {
    return this.#line.unsentLength();
  }

  /** True when what is typed here outlives this tab even while the host is away. */
  get kept(): boolean {
    return this.#kept;
  }

  /** The notepad's text, or a statement's master. */
  get text(): Y.Text {
    return this.doc.getText('text');
  }

  /** A statement's texts for single channels. */
  get variants(): Y.Map<Y.Text> {
    return this.doc.getMap<Y.Text>('variants');
  }

  retry(): void {
    this.#line.retry();
  }

  /**
   * Remembers beyond this tab that the host lacks something: at once, because the tab may end. That it lacks nothing any
   * more may wait until the keys are quiet; a mark that stayed only makes the next tab ask the host once.
   */
  #noteUnsent(store: IndexeddbPersistence | undefined, unsent: boolean): void {
    clearTimeout(this.#clearing);
    if (!unsent) this.#clearing = setTimeout(() => this.#writeUnsent(store, false), CLEAR_AFTER_MS);
    else if (!this.#marked) this.#writeUnsent(store, true);
  }

  #writeUnsent(store: IndexeddbPersistence | undefined, unsent: boolean): void {
    this.#marked = unsent;
    void store?.set('unsent', unsent ? 1 : 0);
  }

  /**
   * Ends this connection and drops what only this browser holds of the document: whoever opens it next begins with the
   * host's words. Where the storage refuses, it still ends; then the words come back from there.
   */
  async discard(): Promise<void> {
    this.#line.destroy(); // at once: nothing more may be sent or taken
    clearTimeout(this.#clearing);
    if (this.#store) await emptyStore(this.#store).catch(() => undefined);
    this.destroy();
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    clearTimeout(this.#clearing);
    this.#endOnline();
    this.#line.destroy();
    this.awareness.destroy();
    this.doc.destroy(); // ends the store with it
  }
}

/** A browser may forbid storage (a private window): the document then lives in the page alone, and `kept` says so. */
function openStore(name: string, doc: Y.Doc): IndexeddbPersistence | undefined {
  if (typeof indexedDB === 'undefined') return undefined;
  try {
    const store = new IndexeddbPersistence(name, doc);
    store._db.catch(() => {});
    return store;
  } catch {
    return undefined;
  }
}

/** Emptied, not deleted: a database that another tab of this browser has open is closed under its hands by deleting. */
async function emptyStore(store: IndexeddbPersistence): Promise<void> {
  const db = await store._db;
  const transaction = db.transaction(['updates', 'custom'], 'readwrite');
  const done = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('The storage was not emptied.'));
  });
  transaction.objectStore('updates').clear();
  transaction.objectStore('custom').clear();
  // From here on nothing is written into it; it closes when what is under way is done.
  void store.destroy();
  await done;
}
