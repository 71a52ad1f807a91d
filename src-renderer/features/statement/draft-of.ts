import * as Y from 'yjs';
import type { Draft } from '../../../shared/domain/statement/draft.ts';
import { TEXT_FIELD, VARIANTS_FIELD } from '../../../shared/protocol/document-names.ts';

/** The words of a statement's Yjs document as they are now. */
export function draftOf(doc: Y.Doc): Draft {
  const variants: Record<string, string> = {};
  for (const [channelId, text] of doc.getMap(VARIANTS_FIELD))
    if (text instanceof Y.Text) variants[channelId] = wordsOf(text);
  return { master: wordsOf(doc.getText(TEXT_FIELD)), variants };
}

export function wordsOf(text: Y.Text): string {
  return text.toString();
}
