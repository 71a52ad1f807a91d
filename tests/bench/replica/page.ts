import * as decoding from 'lib0/decoding';
import * as Y from 'yjs';
import { DeviceId, type OperatorId } from '../../../shared/base/ids.ts';
import { TEXT_FIELD } from '../../../shared/protocol/document-names.ts';
import { answerFrame, stateVectorFrame, updateFrame } from '../../../src-main/host/sync/frames.ts';
import type { SyncService } from '../../../src-main/host/sync/sync-service.ts';

const SYNC = 0;
const ASKS = 0;

/** The text of a document as a page at this host has it open. What is typed into it is sent as a stock client does. */
export function openPage(sync: SyncService, document: string, operatorId: OperatorId): Y.Text {
  const doc = new Y.Doc();
  let receive: (frame: Uint8Array) => void = () => undefined;
  const early: Uint8Array[] = [];
  let isOpen = false;

  function read(frame: Uint8Array): void {
    const decoder = decoding.createDecoder(frame);
    if (decoding.readVarUint(decoder) !== SYNC) return;
    const kind = decoding.readVarUint(decoder);
    const data = decoding.readVarUint8Array(decoder);
    if (kind === ASKS) receive(answerFrame(Y.encodeStateAsUpdate(doc, data)));
    else Y.applyUpdate(doc, data, sync);
  }

  sync.connect(
    {
      send: (frame) => void (isOpen ? read(frame) : early.push(frame)),
      close: (code, reason) => void process.stderr.write(`the page was closed: ${String(code)} ${String(reason)}\n`),
      onMessage: (handler) => (receive = handler),
      onClose: () => undefined,
    },
    document,
    { operatorId, deviceId: DeviceId.parse(`browser:${operatorId}`), name: operatorId, role: '', mayWrite: true },
  );
  isOpen = true;
  doc.on('update', (update: Uint8Array, origin) => {
    if (origin !== sync) receive(updateFrame(update));
  });
  receive(stateVectorFrame(Y.encodeStateVector(doc)));
  early.forEach(read);
  return doc.getText(TEXT_FIELD);
}
