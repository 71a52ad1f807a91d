import { RoomId, StatementId } from '../base/ids.ts';

/** The Yjs documents that exist, by what they are for. */
export type DocumentName =
  | { readonly type: 'workspace-notes' }
  | { readonly type: 'room-notes'; readonly roomId: RoomId }
  | { readonly type: 'statement'; readonly roomId: RoomId; readonly statementId: StatementId };

/** The Y.Text that holds a notepad's text, and a statement's master. */
export const TEXT_FIELD = 'text';

/** The Y.Map of a statement that holds one Y.Text per channel. */
export const VARIANTS_FIELD = 'variants';

/**
 * Reads `workspace/notes`, `ROOM/notes` or `ROOM/statement/ID`. Null for everything else: a name that we did not make
 * is no document, whatever it looks like.
 */
export function parseDocumentName(name: string): DocumentName | null {
  const parts = name.split('/');
  if (parts.length === 2 && parts[1] === 'notes') {
    if (parts[0] === 'workspace') return { type: 'workspace-notes' };
    const roomId = RoomId.safeParse(parts[0]);
    return roomId.success ? { type: 'room-notes', roomId: roomId.data } : null;
  }
  if (parts.length === 3 && parts[1] === 'statement') {
    const roomId = RoomId.safeParse(parts[0]);
    const statementId = StatementId.safeParse(parts[2]);
    if (roomId.success && statementId.success) {
      return { type: 'statement', roomId: roomId.data, statementId: statementId.data };
    }
  }
  return null;
}

/** The name that `parseDocumentName` reads back; it is also the path after `/yjs/` of the sync endpoint. */
export function formatDocumentName(name: DocumentName): string {
  switch (name.type) {
    case 'workspace-notes':
      return 'workspace/notes';
    case 'room-notes':
      return `${name.roomId}/notes`;
    case 'statement':
      return `${name.roomId}/statement/${name.statementId}`;
  }
}
