import type { RoomId, StatementId } from '../../../shared/base/ids.ts';
import { ok, type Result } from '../../../shared/base/result.ts';
import type { WarRoomApi } from '../../../shared/protocol/create-war-room-api.ts';
import { formatDocumentName } from '../../../shared/protocol/document-names.ts';
import type { WireError } from '../../../shared/protocol/wire.ts';
import { createDocumentHistory, type DocumentHistory, type TextAtMoment } from '../../state/document-history.ts';

/** The whole history of one statement's text, as it comes from the host. */
export class TextHistory {
  history = $state.raw<DocumentHistory | null>(null);
  fault = $state<string>();

  async load(api: WarRoomApi, roomId: RoomId, statementId: StatementId): Promise<void> {
    const result = await this.#fetch(api, roomId, statementId);
    this.fault = result.ok ? undefined : `The text of that moment cannot be shown: ${result.error.message}`;
  }

  /** How the text reads now; its newest history comes with it. Where it cannot be had, what is shown stays. */
  async readNow(api: WarRoomApi, roomId: RoomId, statementId: StatementId): Promise<Result<TextAtMoment, WireError>> {
    const result = await this.#fetch(api, roomId, statementId);
    return result.ok ? ok(result.value.textAt(Infinity)) : result;
  }

  async #fetch(api: WarRoomApi, roomId: RoomId, statementId: StatementId): Promise<Result<DocumentHistory, WireError>> {
    const document = formatDocumentName({ type: 'statement', roomId, statementId });
    const result = await api.call('document.history', { document });
    if (!result.ok) return result;
    const history = createDocumentHistory(result.value.updates.map(({ at, data }) => ({ at, data: bytesOf(data) })));
    this.history = history;
    return ok(history);
  }
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
