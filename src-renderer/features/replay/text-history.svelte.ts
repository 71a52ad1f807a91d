import type { RoomId, StatementId } from '../../../shared/base/ids.ts';
import type { WarRoomApi } from '../../../shared/protocol/create-war-room-api.ts';
import { formatDocumentName } from '../../../shared/protocol/document-names.ts';
import { createDocumentHistory, type DocumentHistory } from '../../state/document-history.ts';

/** The whole history of one statement's text, as it comes from the host. */
export class TextHistory {
  history = $state.raw<DocumentHistory | null>(null);
  fault = $state<string>();

  async load(api: WarRoomApi, roomId: RoomId, statementId: StatementId): Promise<void> {
    const document = formatDocumentName({ type: 'statement', roomId, statementId });
    const result = await api.call('document.history', { document });
    if (!result.ok) {
      this.fault = `The text of that moment cannot be shown: ${result.error.message}`;
      return;
    }
    this.fault = undefined;
    this.history = createDocumentHistory(result.value.updates.map(({ at, data }) => ({ at, data: bytesOf(data) })));
  }
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
