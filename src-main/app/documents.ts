import { statementOf } from '../../shared/domain/statement/statement.ts';
import { parseDocumentName } from '../../shared/protocol/document-names.ts';
import type { DocumentStore } from '../commands/ports.ts';
import type { WorkspaceHost } from './workspace-host.ts';

/** Where a document is kept, if there is such a document: nothing comes to be by asking for it. */
export function documentStoreOf(founded: WorkspaceHost, document: string): DocumentStore | null {
  const name = parseDocumentName(document);
  if (!name) return null;
  if (name.type === 'workspace-notes') return founded.notesStore;
  const book = founded.warRoom.rooms.get(name.roomId);
  if (!book) return null;
  if (name.type === 'statement' && !statementOf(book.state.statements, name.statementId)) return null;
  return book.file.documents;
}
