import { parseDocumentName } from '../../../shared/protocol/document-names.ts';
import type { Clock, DocumentDirectory, Schedule, TextLog } from '../../commands/ports.ts';
import type { Owner } from './client-owners.ts';
import type { Connection } from './connections.ts';
import { createDeletionWatch, type DeletionWatch } from './deletion-watch.ts';
import { createLiveDocument, type LiveDocument } from './live-document.ts';
import { createPresence, type Presence } from './presence.ts';
import type { SyncLimits } from './sync-socket.ts';

export interface SyncLog {
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** A document in memory, and who has it open. */
export interface OpenDocument {
  readonly live: LiveDocument;
  /** What other hosts took in of it; null where nothing is taken from them. */
  readonly texts: TextLog | null;
  readonly presence: Presence;
  readonly deletions: DeletionWatch;
  readonly connections: Set<Connection>;
  /** When awareness was last relayed. */
  presenceAt: number;
  /** What waits for the document to be in memory, in order; null when nothing has it read. */
  waiting: (() => void)[] | null;
  /** The Yjs client id under which the host itself edits it, once it has. */
  hostClientId: number | null;
  /** Out of memory; a later opening is another object. Nothing may be stored from this one any more. */
  dropped: boolean;
  cancelUnload: (() => void) | null;
}

export interface OpenDocumentsDeps {
  readonly directory: DocumentDirectory;
  readonly clock: Clock;
  readonly log: SyncLog;
  readonly limits: SyncLimits;
  readonly schedule: Schedule;
  /** Brings memory and disk together before a document goes. */
  readonly settle: () => void;
  readonly onMalformedPresence: (holder: object) => void;
  /** A client id was claimed through awareness: its owner is to be stored with this turn. */
  readonly onClaim: (open: OpenDocument, owners: readonly Owner[]) => void;
  /** What is stored could not be read. */
  readonly onUnreadable: (open: OpenDocument, cause: unknown) => void;
}

/** Which documents are open: opened when asked for, gone a while after the last one left, with their segments between. */
export function createOpenDocuments(deps: OpenDocumentsDeps) {
  const { directory, clock, log, limits, schedule, settle } = deps;
  const byName = new Map<string, OpenDocument>();
  const segmentsDue = new Set<OpenDocument>();

  /** Null when there is no such document. Throws when it cannot be read. */
  function open(name: string): OpenDocument | null {
    const already = byName.get(name);
    if (already !== undefined) return already;
    if (parseDocumentName(name) === null) return null;
    const found = directory.find(name);
    if (found === null) return null;
    const live = createLiveDocument(name, found.store, limits);
    const openedAt = clock.now();
    const opened: OpenDocument = {
      live,
      texts: found.texts ?? null,
      presence: createPresence({
        openedAt,
        maxLength: limits.presenceLength,
        onMalformed: deps.onMalformedPresence,
        claim(deviceId, clientId) {
          const claimed = live.claim(deviceId, clientId, clock.now());
          if (claimed.type === 'Owned' && claimed.fresh.length > 0) deps.onClaim(opened, claimed.fresh);
          return claimed.type === 'Owned';
        },
      }),
      deletions: createDeletionWatch(name, limits.massDeletion),
      connections: new Set(),
      presenceAt: 0,
      waiting: null,
      hostClientId: null,
      dropped: false,
      cancelUnload: null,
    };
    byName.set(name, opened);
    unloadLater(opened);
    return opened;
  }

  /** Runs `act` when the document is in memory: at once, or after it has been read a slice at a time. */
  function whenLoaded(document: OpenDocument, act: () => void): void {
    if (document.waiting !== null) return void document.waiting.push(act);
    if (document.live.isLoaded()) return act();
    document.waiting = [act];
    readOn(document); // one slice at once: most documents have no other
  }

  function readOn(document: OpenDocument): void {
    if (document.dropped || document.waiting === null) return;
    try {
      if (!document.live.loadSome()) return void setImmediate(() => readOn(document));
    } catch (cause) {
      return deps.onUnreadable(document, cause);
    }
    runWaiting(document);
  }

  /** The same without letting anybody else go first, for those who need an answer now. Throws when it cannot be read. */
  function loadNow(document: OpenDocument): void {
    document.live.loadAll();
    runWaiting(document);
  }

  function runWaiting(document: OpenDocument): void {
    const acts = document.waiting ?? [];
    document.waiting = null;
    for (const act of acts) act();
  }

  function keep(document: OpenDocument): void {
    document.cancelUnload?.();
    document.cancelUnload = null;
  }

  function unloadLater(document: OpenDocument): void {
    keep(document);
    document.cancelUnload = schedule(limits.idleMs, () => {
      settle();
      if (document.connections.size === 0 && !document.dropped) unload(document);
    });
  }

  function unload(document: OpenDocument): void {
    writeSegment(document);
    drop(document);
  }

  function drop(document: OpenDocument): void {
    if (document.dropped) return;
    keep(document);
    document.dropped = true;
    document.waiting = null;
    byName.delete(document.live.name);
    segmentsDue.delete(document);
    document.live.destroy();
  }

  function segmentWhenDue(document: OpenDocument): void {
    if (segmentsDue.has(document) || !document.live.isSegmentDue()) return;
    segmentsDue.add(document);
    // After this turn's edits have been relayed: nobody waits for a segment.
    setImmediate(() => {
      if (segmentsDue.delete(document)) writeSegment(document);
    });
  }

  function writeSegment(document: OpenDocument): void {
    try {
      document.live.writeSegment();
    } catch (cause) {
      // The updates are all there; the next opening only takes longer.
      log.warn({ document: document.live.name, cause }, 'segment was not written');
    }
  }

  return {
    open,
    whenLoaded,
    loadNow,
    keep,
    unloadLater,
    unload,
    /** Without a segment: what it holds is not to be trusted. */
    drop,
    segmentWhenDue,
    inMemory: (name: string): OpenDocument | null => byName.get(name) ?? null,
    all: (): readonly OpenDocument[] => [...byName.values()],
  };
}

export type OpenDocuments = ReturnType<typeof createOpenDocuments>;
