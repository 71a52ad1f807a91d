import { parseDocumentName } from '../../../shared/protocol/document-names.ts';
import type { Clock, DocumentDirectory, SyncPeer } from '../../commands/ports.ts';
import { createLiveDocument, type LiveDocument } from './live-document.ts';
import { createPresence, type Presence } from './presence.ts';
import type { SyncLimits, SyncSocket } from './sync-socket.ts';

export interface SyncLog {
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** Somebody's socket on one document. */
export interface Connection {
  readonly socket: SyncSocket;
  readonly peer: SyncPeer;
  readonly open: OpenDocument;
  closed: boolean;
  /** It broke the protocol: what it sent in the same turn is not looked at any more. */
  refused: boolean;
}

/** A document in memory, and who has it open. */
export interface OpenDocument {
  readonly live: LiveDocument;
  readonly presence: Presence;
  readonly connections: Set<Connection>;
  /** Out of memory; a later opening is another object. Nothing may be stored from this one any more. */
  dropped: boolean;
  cancelUnload: (() => void) | null;
}

export interface OpenDocumentsDeps {
  readonly directory: DocumentDirectory;
  readonly clock: Clock;
  readonly log: SyncLog;
  readonly limits: SyncLimits;
  readonly schedule: (delayMs: number, act: () => void) => () => void;
  /** Brings memory and disk together before a document goes. */
  readonly settle: () => void;
}

/** Which documents are in memory: opened when asked for, gone a while after the last one left, checkpointed between. */
export function createOpenDocuments({ directory, clock, log, limits, schedule, settle }: OpenDocumentsDeps) {
  const byName = new Map<string, OpenDocument>();
  const checkpointsDue = new Set<OpenDocument>();

  /** Null when there is no such document. Throws when it cannot be read. */
  function open(name: string): OpenDocument | null {
    const already = byName.get(name);
    if (already !== undefined) return already;
    if (parseDocumentName(name) === null) return null;
    const found = directory.find(name);
    if (found === null) return null;
    const opened: OpenDocument = {
      live: createLiveDocument(name, found.store),
      presence: createPresence(clock.now(), limits.presenceLength),
      connections: new Set(),
      dropped: false,
      cancelUnload: null,
    };
    byName.set(name, opened);
    unloadLater(opened);
    return opened;
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
    if (document.live.sinceCheckpoint > 0) checkpoint(document);
    drop(document);
  }

  function drop(document: OpenDocument): void {
    if (document.dropped) return;
    keep(document);
    document.dropped = true;
    byName.delete(document.live.name);
    checkpointsDue.delete(document);
    document.live.destroy();
  }

  function checkpointWhenDue(document: OpenDocument): void {
    if (document.live.sinceCheckpoint < limits.checkpointEvery || checkpointsDue.has(document)) return;
    checkpointsDue.add(document);
    // After this turn's edits have been relayed: nobody waits for a checkpoint.
    setImmediate(() => {
      if (checkpointsDue.delete(document)) checkpoint(document);
    });
  }

  function checkpoint(document: OpenDocument): void {
    try {
      document.live.writeCheckpoint();
    } catch (cause) {
      // The updates are all there; the next opening only takes longer.
      log.warn({ document: document.live.name, cause }, 'checkpoint failed');
    }
  }

  return {
    open,
    keep,
    unloadLater,
    unload,
    /** Without a checkpoint: what it holds is not to be trusted. */
    drop,
    checkpointWhenDue,
    inMemory: (name: string): OpenDocument | null => byName.get(name) ?? null,
    all: (): readonly OpenDocument[] => [...byName.values()],
  };
}
