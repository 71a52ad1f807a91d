import * as Y from 'yjs';
import type { DeviceId, Instant, OperatorId } from '../../../shared/base/ids.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { firstUpdate, isBlank } from './first-words.ts';
import type { DocumentText } from './live-document.ts';
import type { OpenDocuments } from './open-documents.ts';
import { restoringUpdate, textOfPieces } from './restore-text.ts';
import type { Turn, WriteRefused } from './turn.ts';

export type InsertRefused = { readonly type: 'NoSuchDocument' } | { readonly type: 'DocumentNotEmpty' } | WriteRefused;

export type RestoreRefused =
  | { readonly type: 'NoSuchDocument' }
  /** The document did not exist yet at that moment. */
  | { readonly type: 'NothingBefore' }
  | WriteRefused;

/** What the host itself reads and writes, beside those who have a document open. */
export function createHostEdits({
  documents,
  turn,
  deviceId,
}: {
  readonly documents: OpenDocuments;
  readonly turn: Turn;
  /** What the host writes from. */
  readonly deviceId: DeviceId;
}) {
  return {
    /**
     * The text as the host holds it now, everything received so far included. Null when there is no such document.
     * Throws when it cannot be read: an unread document is not an empty one.
     */
    textOf(document: string): DocumentText | null {
      const open = documents.open(document);
      if (open === null) return null;
      turn.settleWith(open);
      return open.live.text();
    },

    /** Gives a new document its first words, stored before it returns when that was. */
    insertText(
      document: string,
      text: string,
      by: OperatorId,
      variants: Readonly<Record<string, string>> = {},
    ): Result<Instant, InsertRefused> {
      try {
        const open = documents.open(document);
        if (open === null) return err({ type: 'NoSuchDocument' });
        turn.settleWith(open);
        if (!isBlank(open.live.text())) return err({ type: 'DocumentNotEmpty' });
        return turn.write(open, firstUpdate({ text, variants }), { operatorId: by, deviceId });
      } catch (cause) {
        return err({ type: 'StorageFailed', cause });
      }
    },

    /**
     * Makes the document read as it read at `at` (that millisecond included), as new edits in the name of `by`.
     * `changedAt` is when that was, to be undone by restoring the millisecond before; null when it reads so already.
     */
    async restoreText(
      document: string,
      at: Instant,
      by: OperatorId,
    ): Promise<Result<{ readonly changedAt: Instant | null }, RestoreRefused>> {
      try {
        turn.settle();
        const found = documents.open(document);
        if (found === null) return err({ type: 'NoSuchDocument' });
        const pieces = found.live.store.stateAt(document, at);
        if (pieces.length === 0) return err({ type: 'NothingBefore' });
        const then = await textOfPieces(pieces);
        const open = documents.open(document); // another one, if it was left and forgotten meanwhile
        if (open === null) return err({ type: 'NoSuchDocument' });
        turn.settleWith(open);
        open.hostClientId ??= new Y.Doc().clientID;
        const update = restoringUpdate(open.live.missing(new Map()), then, open.hostClientId);
        if (update === null) return ok({ changedAt: null });
        const written = turn.write(open, update, { operatorId: by, deviceId });
        return written.ok ? ok({ changedAt: written.value }) : written;
      } catch (cause) {
        return err({ type: 'StorageFailed', cause });
      }
    },
  };
}
