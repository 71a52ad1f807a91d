import * as Y from 'yjs';
import { TEXT_FIELD, VARIANTS_FIELD } from '../../../shared/protocol/document-names.ts';
import type { DocumentText } from './live-document.ts';

/** The update that gives an empty document its first words. Line ends become LF, as the editor counts them. */
export function firstUpdate({ text, variants }: DocumentText): Uint8Array {
  const doc = new Y.Doc();
  doc.transact(() => {
    if (text !== '') doc.getText(TEXT_FIELD).insert(0, withLineFeeds(text));
    for (const [channel, words] of Object.entries(variants)) {
      doc.getMap(VARIANTS_FIELD).set(channel, new Y.Text(withLineFeeds(words)));
    }
  });
  const update = Y.encodeStateAsUpdate(doc);
  doc.destroy();
  return update;
}

export function isBlank({ text, variants }: DocumentText): boolean {
  return text === '' && Object.keys(variants).length === 0;
}

function withLineFeeds(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}
