import { instant, type Instant } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { EndpointOutputs } from '../../shared/protocol/endpoints.ts';
import type { WireError } from '../../shared/protocol/wire.ts';
import { notFounded, operatorIdOf, signedOut } from '../commands/endpoints.ts';
import type { Caller, Clock } from '../commands/ports.ts';
import { wireError } from '../commands/wire-errors.ts';
import type { SyncService } from '../host/sync/sync-service.ts';
import { documentStoreOf, mayWrite } from './documents.ts';
import type { DocumentNoticeBook } from './document-notices.ts';
import type { WorkspaceHost } from './workspace-host.ts';

type Restored = Result<EndpointOutputs['document.restore'], WireError>;

export interface RestoreDeps {
  readonly clock: Clock;
  readonly sync: Pick<SyncService, 'restoreText'>;
  readonly documentNotices: DocumentNoticeBook;
  founded(): WorkspaceHost | null;
}

/** Brings a text back to how it read at a moment. It is an edit like any other: for whoever may write there now. */
export function createRestoreDocument(deps: RestoreDeps) {
  return async (
    caller: Caller,
    { document, at }: { readonly document: string; readonly at: Instant },
  ): Promise<Restored> => {
    const founded = deps.founded();
    const operatorId = founded && operatorIdOf(founded, caller);
    if (!founded || operatorId === null) return err(founded ? signedOut : notFounded);
    if (!documentStoreOf(founded, document)) return err(noSuchDocument);
    if (!mayWrite(founded, operatorId, document)) return err(mayNotWrite);
    const restored = await deps.sync.restoreText(document, at, operatorId);
    if (restored.ok) {
      deps.documentNotices.restored(document, at);
      // A moment is a whole millisecond, its edits included.
      const { changedAt } = restored.value;
      return ok({ changed: changedAt !== null, before: instant((changedAt ?? deps.clock.now()) - 1) });
    }
    switch (restored.error.type) {
      case 'NoSuchDocument':
        return err(noSuchDocument);
      case 'NothingBefore':
        return err(nothingBefore);
      case 'DocumentFull':
        return err(documentFull);
      case 'StorageFailed':
        throw restored.error.cause;
    }
  };
}

const noSuchDocument = wireError('NoSuchDocument', 'There is no such document.');
const mayNotWrite = wireError(
  'MayNotWrite',
  'Only whoever may write in this text brings an earlier one back, and only while the room is open. Nothing was changed.',
);
const nothingBefore = wireError(
  'NothingBefore',
  'This text had not begun at that moment. Nothing was changed: choose a later one.',
);
const documentFull = wireError(
  'DocumentFull',
  'This text has reached its largest size, and bringing words back would add to it. Nothing was changed: copy the words you need from the replay.',
);
