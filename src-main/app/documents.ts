import type { OperatorId } from '../../shared/base/ids.ts';
import { mayDo } from '../../shared/domain/roster/roles.ts';
import { statementOf } from '../../shared/domain/statement/statement.ts';
import { operatorOf } from '../../shared/domain/workspace/workspace.ts';
import { parseDocumentName } from '../../shared/protocol/document-names.ts';
import type { DocumentStore, TextLog } from '../commands/ports.ts';
import type { WorkspaceHost } from './workspace-host.ts';

export interface KeptDocument {
  readonly store: DocumentStore;
  /** The same as it travels between hosts. */
  readonly texts: TextLog;
}

/** What of a workspace at work knows its documents. */
export type HostDocuments = Pick<WorkspaceHost, 'warRoom' | 'notes'>;

/** Where a document is kept, if there is such a document: nothing comes to be by asking for it. */
export function documentOf(founded: HostDocuments, document: string): KeptDocument | null {
  const name = parseDocumentName(document);
  if (!name) return null;
  if (name.type === 'workspace-notes') return founded.notes;
  const book = founded.warRoom.rooms.get(name.roomId);
  if (!book) return null;
  if (name.type === 'statement' && !statementOf(book.state.statements, name.statementId)) return null;
  return { store: book.file.documents, texts: book.file.texts };
}

export function documentStoreOf(founded: WorkspaceHost, document: string): DocumentStore | null {
  return documentOf(founded, document)?.store ?? null;
}

/** Whether this person may write into texts now. */
export function mayWrite(founded: WorkspaceHost, operatorId: OperatorId, document: string): boolean {
  const operator = operatorOf(founded.workspace.state, operatorId);
  if (!operator || operator.revoked || !mayDo(operator.roles, 'edit-texts')) return false;
  const name = parseDocumentName(document);
  if (name?.type !== 'statement') return true;
  return founded.warRoom.rooms.get(name.roomId)?.state.incident.phase === 'open';
}
