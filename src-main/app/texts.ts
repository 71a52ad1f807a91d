import type { Draft } from '../../shared/domain/statement/draft.ts';
import type { DocumentStore, Texts } from '../commands/ports.ts';
import type { SyncService } from '../host/sync/sync-service.ts';

/** The live texts for the rest of the host. */
export function createTexts(
  sync: SyncService,
  find: (document: string) => { readonly store: DocumentStore } | null,
): Texts {
  return {
    read(document): Draft | null {
      const held = sync.textOf(document);
      return held && { master: held.text, variants: held.variants };
    },
    begin(document, text, by) {
      const found = find(document);
      if (!found) return;
      // A text that people have emptied again has a history, and stays empty.
      const { newest, tail } = found.store.outline(document);
      if (newest !== null || tail.length > 0) return;
      const begun = sync.insertText(document, text, by);
      if (!begun.ok && begun.error.type === 'StorageFailed') throw begun.error.cause;
    },
  };
}
