import { instant, type Instant } from '../../shared/base/ids.ts';
import type { DocumentNotices, MassDeletionNotice } from '../../shared/protocol/views.ts';
import type { Clock } from '../commands/ports.ts';
import { createSignal } from '../commands/signal.ts';
import type { MassDeletion } from '../host/sync/deletion-watch.ts';

/** Whoever opens a document so much later has the replay for what was before. */
const FRESH_MS = 15 * 60_000;
const PER_DOCUMENT = 5;
const DOCUMENTS = 200;

/**
 * What happened to texts that whoever has them open must know. In memory only, a few for each of the documents it
 * happened to last: the history itself is on the disk, and any second of it can be restored without a notice.
 */
export function createDocumentNotices(clock: Clock) {
  const massDeletionsByDocument = new Map<string, readonly MassDeletionNotice[]>();
  const changed = createSignal<string>();
  let count = 0;

  function keep(document: string, notices: readonly MassDeletionNotice[]): void {
    // Taken out first: a map keeps its keys in the order they came, and what was touched last is dropped last.
    massDeletionsByDocument.delete(document);
    if (notices.length > 0) massDeletionsByDocument.set(document, notices.slice(-PER_DOCUMENT));
    for (const oldest of massDeletionsByDocument.keys()) {
      if (massDeletionsByDocument.size <= DOCUMENTS) break;
      massDeletionsByDocument.delete(oldest);
    }
    changed.emit(document);
  }

  return {
    massDeletion({ document, operatorId, at, deleted, held, restoreAt }: Omit<MassDeletion, 'deviceId'>): void {
      // With the time, because counting begins anew with every start while pages stay open.
      const id = `${String(at)}-${String((count += 1))}`;
      const known = massDeletionsByDocument.get(document) ?? [];
      keep(document, [...known, { id, operatorId, at, deleted, held, restoreAt }]);
    },

    /** The text reads as at that moment again: what was taken away after it is back. */
    restored(document: string, to: Instant): void {
      const known = massDeletionsByDocument.get(document) ?? [];
      const left = known.filter(({ at }) => at <= to);
      if (left.length < known.length) keep(document, left);
    },

    /** The list now and with every change. What was fresh at the beginning stays in it for as long as it is followed. */
    follow(document: string, push: (notices: DocumentNotices) => void): () => void {
      const since = instant(clock.now() - FRESH_MS);
      const show = (): void => {
        const known = massDeletionsByDocument.get(document) ?? [];
        push({ massDeletions: known.filter(({ at }) => at >= since) });
      };
      show();
      return changed.listen((moved) => {
        if (moved === document) show();
      });
    },

    /** The organisation whose documents these were is gone. */
    clear(): void {
      const documents = [...massDeletionsByDocument.keys()];
      massDeletionsByDocument.clear();
      for (const document of documents) changed.emit(document);
    },
  };
}

export type DocumentNoticeBook = ReturnType<typeof createDocumentNotices>;
