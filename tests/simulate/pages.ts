import * as decoding from 'lib0/decoding';
import * as Y from 'yjs';
import { DeviceId, type OperatorId } from '../../shared/base/ids.ts';
import { answerFrame, stateVectorFrame, updateFrame } from '../../src-main/host/sync/frames.ts';
import type { SyncService } from '../../src-main/host/sync/sync-service.ts';

/** The pages that people have open at one host while its process runs: stock clients, one for each person and document. */
export interface Pages {
  /** Types at the end or the beginning of the text; it is stored when this returns, or the page was shut out. */
  type(document: string, by: OperatorId, words: string, where: 'end' | 'beginning'): void;
}

interface Page {
  readonly doc: Y.Doc;
  isOpen: boolean;
}

export function createPages(deps: {
  readonly sync: SyncService;
  readonly device: string;
  /** A Yjs client id that nobody has used. */
  readonly newClientId: () => number;
}): Pages {
  const { sync, device } = deps;
  const pages = new Map<string, Page>();

  function open(document: string, by: OperatorId): Page {
    const page: Page = { doc: new Y.Doc(), isOpen: true };
    page.doc.clientID = deps.newClientId();
    let receive: (frame: Uint8Array) => void = () => undefined;
    const early: Uint8Array[] = [];
    let isReady = false;

    function read(frame: Uint8Array): void {
      const decoder = decoding.createDecoder(frame);
      if (decoding.readVarUint(decoder) !== 0) return;
      const kind = decoding.readVarUint(decoder);
      const data = decoding.readVarUint8Array(decoder);
      if (kind === 0) receive(answerFrame(Y.encodeStateAsUpdate(page.doc, data)));
      else Y.applyUpdate(page.doc, data, 'host');
    }

    sync.connect(
      {
        send: (frame) => void (isReady ? read(frame) : early.push(frame)),
        close: () => void (page.isOpen = false),
        onMessage: (handler) => (receive = handler),
        onClose: () => undefined,
      },
      document,
      { operatorId: by, deviceId: DeviceId.parse(`browser:${device}-${by}`), name: by, role: '', mayWrite: true },
    );
    page.doc.on('update', (update: Uint8Array, origin) => {
      if (origin !== 'host' && page.isOpen) receive(updateFrame(update));
    });
    isReady = true;
    if (page.isOpen) receive(stateVectorFrame(Y.encodeStateVector(page.doc)));
    early.forEach(read);
    sync.flush();
    return page;
  }

  return {
    type(document, by, words, where) {
      const key = `${document} ${by}`;
      const known = pages.get(key);
      const page = known?.isOpen === true ? known : open(document, by);
      pages.set(key, page);
      const text = page.doc.getText('text');
      text.insert(where === 'end' ? text.length : 0, words);
      sync.flush();
    },
  };
}
