import { statementOf } from '../../shared/domain/statement/statement.ts';
import { parseDocumentName } from '../../shared/protocol/document-names.ts';
import type { DocumentStore, TextLog } from '../commands/ports.ts';
import type { WorkspaceHost } from './workspace-host.ts';

export interface KeptDocument {
  readonly store: DocumentStore;
  /** The same as it travels between hosts. */
  readonly texts: TextLog;
}

/** Where a document is kept, if there is such a document: nothing comes to be by asking for it. */
export function documentOf(founded: WorkspaceHost, document: string): KeptDocument | null {
  const name = parseDocumentName(document);
  if (!name) return null;
  if (name.type === 'workspace-notes') return { store: founded.notesStore, texts: founded.workspaceTexts };
  const book = founded.warRoom.rooms.get(name.roomId);
  if (!book) return null;
  if (name.type === 'statement' && !statementOf(book.state.statements, name.statementId)) return null;
  return { store: book.file.documents, texts: book.file.texts };
}

export function documentStoreOf(founded: WorkspaceHost, document: string): DocumentStore | null {
  return documentOf(founded, document)?.store ?? null;
}
