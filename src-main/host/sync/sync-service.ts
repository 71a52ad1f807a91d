import type { OperatorId } from '../../../shared/base/ids.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import type { Clock, DocumentDirectory, DocumentStore, DocumentUpdate, SyncPeer } from '../../commands/ports.ts';
import { firstUpdate, isBlank } from './first-words.ts';
import {
  missingFrame,
  parseFrame,
  stateVectorFrame,
  updateFrame,
  type IncomingFrame,
  type PresenceEntry,
} from './frames.ts';
import type { DocumentText, LiveDocument } from './live-document.ts';
import { createOpenDocuments, type Connection, type OpenDocument, type SyncLog } from './open-documents.ts';
import { CLOSE, DEFAULT_SYNC_LIMITS, type SyncLimits, type SyncSocket } from './sync-socket.ts';
import { changesNothing, decodeUpdate } from './update-check.ts';

export interface SyncServiceDeps {
  readonly directory: DocumentDirectory;
  readonly clock: Clock;
  readonly log: SyncLog;
  readonly limits?: Partial<SyncLimits>;
  /** Runs `act` after `delayMs`; returns what cancels it. */
  readonly schedule: (delayMs: number, act: () => void) => () => void;
  /** After somebody has come to a document or left it. */
  readonly onPresence?: (document: string, peers: readonly SyncPeer[]) => void;
  /** A commit failed: nothing of it was shown to anybody. Once per failing spell. */
  readonly onStorageFailure?: (cause: unknown) => void;
  /** The first commit that succeeds after one that failed. */
  readonly onStorageRecovery?: () => void;
}

export type InsertRefused =
  | { readonly type: 'NoSuchDocument' }
  | { readonly type: 'DocumentNotEmpty' }
  | { readonly type: 'StorageFailed'; readonly cause: unknown };

type Update = Extract<IncomingFrame, { type: 'Update' }>;

interface Arrived {
  readonly from: Connection;
  readonly update: Update;
  readonly frame: Uint8Array;
}

interface Accepted {
  readonly open: OpenDocument;
  readonly from: Connection | null;
  readonly frames: readonly Uint8Array[];
  readonly rows: readonly DocumentUpdate[];
}

/**
 * Co-editing for stock y-websocket clients. The promise that everything here serves:
 *
 * 1. An update is committed before anybody else sees it, be it relayed or in answer to a state vector.
 * 2. What memory holds is what the disk holds: a failed commit takes the document back to it and closes the senders,
 *    whose clients keep their edits and bring them again.
 * 3. A frame that is refused costs its sender the socket, and nobody else anything.
 *
 * Updates are collected and settled in `setImmediate`: it runs right after the event loop has polled its sockets, so
 * that everything that came in one go shares one commit and a lone keystroke waits for nothing. A microtask would run
 * after each single frame and commit each by itself.
 */
export function createSyncService(deps: SyncServiceDeps) {
  const { directory, clock, log, schedule } = deps;
  const limits: SyncLimits = { ...DEFAULT_SYNC_LIMITS, ...deps.limits };
  const documents = createOpenDocuments({ directory, clock, log, limits, schedule, settle });
  const connectionsByOperator = new Map<OperatorId, Set<Connection>>();
  const presenceChanged = new Set<OpenDocument>();
  let arrived: Arrived[] = [];
  let turn: NodeJS.Immediate | null = null;
  let storageFailing = false;

  // ---- connections

  function connect(socket: SyncSocket, document: string, peer: SyncPeer): void {
    const connection = admit(socket, document, peer);
    if (connection === null) {
      // A refused socket is closing; what it still sends is nobody's.
      socket.onMessage(() => undefined);
      socket.onClose(() => undefined);
      return;
    }
    socket.onMessage((frame) => receive(connection, frame));
    socket.onClose(() => forget(connection));
    send(connection, stateVectorFrame(connection.open.live.doc));
    const everybody = connection.open.presence.everybody();
    if (everybody !== null) send(connection, everybody);
    announcePeers(connection.open);
  }

  function admit(socket: SyncSocket, document: string, peer: SyncPeer): Connection | null {
    const siblings = connectionsByOperator.get(peer.operatorId) ?? new Set();
    if (siblings.size >= limits.socketsPerOperator) {
      socket.close(CLOSE.tryAgain, 'too many sockets');
      return null;
    }
    const open = openForSocket(socket, document);
    if (open === null) return null;
    const connection = { socket, peer, open, closed: false, refused: false };
    documents.keep(open);
    open.connections.add(connection);
    connectionsByOperator.set(peer.operatorId, siblings.add(connection));
    return connection;
  }

  function openForSocket(socket: SyncSocket, document: string): OpenDocument | null {
    try {
      const open = documents.open(document);
      if (open === null) socket.close(CLOSE.noSuchDocument, 'no such document');
      return open;
    } catch (cause) {
      log.error({ document, cause }, 'document could not be read');
      socket.close(CLOSE.unreadable, 'document could not be read');
      return null;
    }
  }

  function forget(connection: Connection): void {
    const { open, peer } = connection;
    connection.closed = true;
    if (!open.connections.delete(connection)) return;
    const siblings = connectionsByOperator.get(peer.operatorId);
    siblings?.delete(connection);
    if (siblings?.size === 0) connectionsByOperator.delete(peer.operatorId);
    open.presence.withdraw(connection);
    presenceMoved(open);
    announcePeers(open);
    if (open.connections.size === 0 && !open.dropped) documents.unloadLater(open);
  }

  /** Ends it at once for us, whenever the transport gets round to it. */
  function close(connection: Connection, code: number, reason: string): void {
    if (connection.closed) return;
    connection.closed = true;
    connection.socket.close(code, reason);
    forget(connection);
  }

  function refuse(connection: Connection, code: number, reason: string): void {
    connection.refused = true;
    close(connection, code, reason);
  }

  function send(connection: Connection, frame: Uint8Array): void {
    if (connection.closed) return;
    if ((connection.socket.bufferedBytes?.() ?? 0) > limits.bufferedBytes) {
      close(connection, CLOSE.tryAgain, 'reading too slowly');
      return;
    }
    connection.socket.send(frame);
  }

  function announcePeers(open: OpenDocument): void {
    deps.onPresence?.(open.live.name, peersOf(open));
  }

  // ---- frames

  function receive(connection: Connection, frame: Uint8Array | string): void {
    if (connection.closed) return;
    if (frame.length > limits.frameBytes) return close(connection, CLOSE.tooBig, 'frame too long');
    const parsed = typeof frame === 'string' ? null : parseFrame(frame);
    if (parsed === null || typeof frame === 'string') return close(connection, CLOSE.malformed, 'malformed frame');
    switch (parsed.type) {
      case 'StateVector':
        // Memory holds nothing uncommitted here: what this turn has brought is applied and committed at its end.
        return send(connection, missingFrame(connection.open.live.doc, parsed.stateVector));
      case 'Update':
        return receiveUpdate(connection, parsed, frame);
      case 'Presence':
        return receivePresence(connection, parsed.entries);
      case 'PresenceQuery': {
        const everybody = connection.open.presence.everybody();
        return everybody === null ? undefined : send(connection, everybody);
      }
    }
  }

  function receiveUpdate(connection: Connection, update: Update, frame: Uint8Array): void {
    if (!connection.peer.mayWrite) {
      if (!changesNothing(connection.open.live.doc, update.decoded)) close(connection, CLOSE.readOnly, 'read only');
      return;
    }
    if (update.decoded.structs.length === 0 && update.decoded.ds.clients.size === 0) return;
    arrived.push({ from: connection, update, frame });
    endTurn();
  }

  function receivePresence(connection: Connection, entries: readonly PresenceEntry[]): void {
    try {
      connection.open.presence.announce(connection, connection.peer, entries);
    } catch {
      return close(connection, CLOSE.malformed, 'malformed awareness');
    }
    presenceMoved(connection.open);
  }

  function presenceMoved(open: OpenDocument): void {
    presenceChanged.add(open);
    endTurn();
  }

  // ---- the end of a turn

  function endTurn(): void {
    turn ??= setImmediate(settle);
  }

  function settle(): void {
    if (turn !== null) clearImmediate(turn);
    turn = null;
    const batch = arrived;
    arrived = [];
    if (batch.length > 0) commit(batch.flatMap((one) => take(one) ?? []).filter(({ open }) => !open.dropped));
    for (const open of presenceChanged) relayPresence(open);
    presenceChanged.clear();
  }

  function take({ from, update, frame }: Arrived): Accepted | null {
    const { open } = from;
    const { live } = open;
    if (from.refused || open.dropped) return null;
    try {
      const taken = live.take(update.data, update.decoded, update.via);
      if (taken.type === 'GapBefore') refuse(from, CLOSE.gap, 'an earlier edit is missing');
      else if (taken.type === 'Unfit') refuse(from, CLOSE.malformed, 'update cannot be applied');
      else if (taken.news.length > 0) {
        const frames = update.via === 'update' ? [frame] : taken.news.map(updateFrame);
        return { open, from, frames, rows: rowsOf(live, taken.news, from.peer.operatorId) };
      }
    } catch (cause) {
      giveUp(open, cause);
    }
    return null;
  }

  function rowsOf(live: LiveDocument, news: readonly Uint8Array[], operatorId: OperatorId): readonly DocumentUpdate[] {
    const at = clock.now();
    return news.map((data) => ({ document: live.name, at, operatorId, data }));
  }

  /** One transaction per database file; each file's updates stand or fall together, and only with each other. */
  function commit(accepted: readonly Accepted[]): Result<void, unknown> {
    const byStore = new Map<DocumentStore, Accepted[]>();
    for (const one of accepted) {
      const { store } = one.open.live;
      const group = byStore.get(store);
      if (group === undefined) byStore.set(store, [one]);
      else group.push(one);
    }
    let outcome: Result<void, unknown> = ok(undefined);
    for (const [store, group] of byStore) {
      try {
        store.append(group.flatMap(({ rows }) => rows));
      } catch (cause) {
        outcome = err(cause);
        takeBack(group, cause);
        continue;
      }
      for (const open of new Set(group.map((one) => one.open))) {
        open.live.stored();
        documents.checkpointWhenDue(open);
      }
      for (const one of group) relay(one);
      recovered();
    }
    return outcome;
  }

  function relay({ open, from, frames }: Accepted): void {
    for (const connection of open.connections) {
      // The sender holds it already, and everything else of it would be an echo.
      if (connection !== from) for (const frame of frames) send(connection, frame);
    }
  }

  function takeBack(group: readonly Accepted[], cause: unknown): void {
    log.error({ cause, documents: [...new Set(group.map(({ open }) => open.live.name))] }, 'storage failed');
    for (const open of new Set(group.map((one) => one.open))) {
      try {
        open.live.rollBack();
      } catch (unreadable) {
        giveUp(open, unreadable);
      }
    }
    for (const { from } of group) if (from !== null) close(from, CLOSE.tryAgain, 'storage failed');
    if (!storageFailing) deps.onStorageFailure?.(cause);
    storageFailing = true;
  }

  function recovered(): void {
    if (!storageFailing) return;
    storageFailing = false;
    log.warn({}, 'storage is back');
    deps.onStorageRecovery?.();
  }

  /** Memory and disk may differ, and the disk cannot be read: the document is closed for everybody. */
  function giveUp(open: OpenDocument, cause: unknown): void {
    log.error({ document: open.live.name, cause }, 'document could not be read');
    documents.drop(open);
    for (const connection of [...open.connections]) close(connection, CLOSE.unreadable, 'document could not be read');
  }

  function relayPresence(open: OpenDocument): void {
    const changes = open.presence.takeChanges();
    if (changes === null) return;
    for (const connection of open.connections) send(connection, changes.frameFor(connection));
  }

  // ---- for the rest of the host

  /**
   * The text as the host holds it now, everything received so far included. Null when there is no such document.
   * Throws when it cannot be read: an unread document is not an empty one.
   */
  function textOf(document: string): DocumentText | null {
    settle();
    return documents.open(document)?.live.text() ?? null;
  }

  /** Gives a new document its first words, stored before it returns. */
  function insertText(
    document: string,
    text: string,
    by: OperatorId,
    variants: Readonly<Record<string, string>> = {},
  ): Result<void, InsertRefused> {
    settle();
    try {
      const open = documents.open(document);
      if (open === null) return err({ type: 'NoSuchDocument' });
      if (!isBlank(open.live.text())) return err({ type: 'DocumentNotEmpty' });
      const data = firstUpdate({ text, variants });
      const decoded = decodeUpdate(data);
      const taken = decoded === null ? null : open.live.take(data, decoded, 'update');
      if (taken?.type !== 'Taken') throw new Error('The first words of a document did not fit.');
      const rows = rowsOf(open.live, taken.news, by);
      const stored = commit([{ open, from: null, frames: taken.news.map(updateFrame), rows }]);
      return stored.ok ? ok(undefined) : err({ type: 'StorageFailed', cause: stored.error });
    } catch (cause) {
      return err({ type: 'StorageFailed', cause });
    }
  }

  /** At once: `revoked` ends it for good, `role-changed` makes the client come back and be judged anew. */
  function disconnectOperator(operatorId: OperatorId, why: 'revoked' | 'role-changed'): void {
    const code = why === 'revoked' ? CLOSE.badToken : CLOSE.rightsChanged;
    for (const connection of [...(connectionsByOperator.get(operatorId) ?? [])]) close(connection, code, why);
  }

  /** `signed-out` ends what was opened under this session; `acts-as` makes it come back under its new name. */
  function disconnectSession(sessionId: string, why: 'signed-out' | 'acts-as'): void {
    const code = why === 'signed-out' ? CLOSE.badToken : CLOSE.rightsChanged;
    for (const connection of everyConnection())
      if (connection.peer.sessionId === sessionId) close(connection, code, why);
  }

  /** Whoever has one of these documents open comes back, and is judged by what may be done there now. */
  function rejudge(documentPrefix: string): void {
    settle(); // what had arrived was allowed when it came
    for (const connection of everyConnection())
      if (connection.open.live.name.startsWith(documentPrefix)) close(connection, CLOSE.rightsChanged, 'role-changed');
  }

  function everyConnection(): readonly Connection[] {
    return documents.all().flatMap((open) => [...open.connections]);
  }

  /** Nothing is left in memory afterwards: the next opening reads anew, from whatever file then holds the document. */
  function dropAll(code: number, reason: string): void {
    settle();
    for (const open of documents.all()) {
      for (const connection of [...open.connections]) close(connection, code, reason);
      documents.unload(open);
    }
  }

  return {
    connect,
    textOf,
    insertText,
    disconnectOperator,
    disconnectSession,
    rejudge,
    /** The organisation whose documents these were is gone. */
    dropDocuments: () => dropAll(CLOSE.badToken, 'revoked'),
    /** Everybody who has the document open, each person once. */
    peers(document: string): readonly SyncPeer[] {
      const open = documents.inMemory(document);
      return open === null ? [] : peersOf(open);
    },
    connections(): number {
      return [...connectionsByOperator.values()].reduce((sum, { size }) => sum + size, 0);
    },
    documentsInMemory(): number {
      return documents.all().length;
    },
    /** Settles what has arrived without waiting for the end of the turn. */
    flush: settle,
    close(): void {
      dropAll(CLOSE.tryAgain, 'host is stopping');
      if (turn !== null) clearImmediate(turn);
      turn = null;
    },
  };
}

export type SyncService = ReturnType<typeof createSyncService>;

function peersOf(open: OpenDocument): readonly SyncPeer[] {
  return [...new Map([...open.connections].map(({ peer }) => [peer.operatorId, peer])).values()];
}
