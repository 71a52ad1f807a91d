import type { DeviceId, OperatorId } from '../../../shared/base/ids.ts';
import type { Clock, DocumentDirectory, Schedule, SyncPeer } from '../../commands/ports.ts';
import { createBatchesOfHosts, type MayCarry } from './batches-of-hosts.ts';
import { createConnections, type Connection } from './connections.ts';
import type { MassDeletion } from './deletion-watch.ts';
import { parseFrame, stateVectorFrame } from './frames.ts';
import { createHostEdits } from './host-edits.ts';
import { createJoining } from './joining.ts';
import { createOpenDocuments, type OpenDocument, type SyncLog } from './open-documents.ts';
import { CLOSE, DEFAULT_SYNC_LIMITS, type SyncLimits, type SyncSocket } from './sync-socket.ts';
import { createTurn, type Arrived } from './turn.ts';
import { changesNothing } from './update-check.ts';

export interface SyncServiceDeps {
  readonly directory: DocumentDirectory;
  readonly clock: Clock;
  readonly log: SyncLog;
  /** What the host itself writes from. */
  readonly deviceId: DeviceId;
  readonly limits?: Partial<SyncLimits>;
  readonly schedule: Schedule;
  /** After somebody has come to a document or left it. */
  readonly onPresence?: (document: string, peers: readonly SyncPeer[]) => void;
  /** Somebody took away much of a document; it is stored and shown, and can be restored. */
  readonly onMassDeletion?: (deletion: MassDeletion) => void;
  /** A commit failed: nothing of it was shown to anybody. Once per failing spell. */
  readonly onStorageFailure?: (cause: unknown) => void;
  /** The first commit that succeeds after one that failed. */
  readonly onStorageRecovery?: () => void;
  /** What somebody wrote here is on the disk and relayed: at most once in a turn for each document. Must not throw. */
  readonly onTextGrown?: (document: string) => void;
  /** Whose words another host may speak for. Without it, nobody's: nothing of another host is taken in. */
  readonly mayCarry?: MayCarry;
}

/**
 * Co-editing for stock y-websocket clients. The promise that everything here serves:
 *
 * 1. An update is committed before anybody else sees it, be it relayed or in answer to a state vector.
 * 2. What memory holds is what the disk holds: a failed commit takes the document back to it and closes the senders,
 *    whose clients keep their edits and bring them again.
 * 3. A frame that is refused costs its sender the socket, and nobody else anything.
 * 4. An answer to a state vector means that everything its sender sent before is on the disk.
 * 5. What another host took in is judged as if its writers had sent it here, and taken whole or not at all.
 */
export function createSyncService(deps: SyncServiceDeps) {
  const { directory, clock, log, schedule, deviceId } = deps;
  const limits: SyncLimits = { ...DEFAULT_SYNC_LIMITS, ...deps.limits };
  const presenceDue = new Set<OpenDocument>();
  const presenceTimers = new Map<OpenDocument, () => void>();
  const connections = createConnections({ limits, clock, schedule, onGone });
  const documents = createOpenDocuments({
    directory,
    clock,
    log,
    limits,
    schedule,
    settle: () => turn.settle(),
    onMalformedPresence: (holder) => connections.close(holder as Connection, CLOSE.malformed, 'malformed awareness'),
    onClaim: (open, owners) => turn.claim(open, owners),
    onUnreadable: (open, cause) => turn.giveUp(open, cause),
  });
  const joining = createJoining({
    send: connections.send,
    schedule,
    joinBytes: limits.joinBytes,
    onUnreadable: ({ open }, cause) => turn.giveUp(open, cause),
  });
  const turn = createTurn({
    ...{ connections, documents, clock, log, limits },
    onSettle: relayPresence, // first: what it claims is stored with this turn's edits
    onJoin: joining.begin,
    onMassDeletion: deps.onMassDeletion,
    onStorageFailure: deps.onStorageFailure,
    onStorageRecovery: deps.onStorageRecovery,
    onTextGrown: deps.onTextGrown,
  });
  const batches = createBatchesOfHosts({ documents, turn, clock, log, mayCarry: deps.mayCarry ?? (() => false) });
  const hostEdits = createHostEdits({ documents, turn, deviceId });

  // ---- coming and going

  function connect(socket: SyncSocket, document: string, peer: SyncPeer): void {
    const open = connections.hasRoomFor(peer) ? openFor(socket, document) : tooMany(socket);
    if (open === null) {
      // A refused socket is closing; what it still sends is nobody's.
      socket.onMessage(() => undefined);
      socket.onClose(() => undefined);
      return;
    }
    const connection = connections.add(socket, peer, open);
    documents.keep(open);
    open.connections.add(connection);
    socket.onMessage((frame) => receive(connection, frame));
    socket.onClose(() => connections.gone(connection));
    connections.send(connection, stateVectorFrame(open.live.stateVector()));
    const everybody = open.presence.everybody();
    if (everybody !== null) connections.send(connection, everybody);
    deps.onPresence?.(document, peersOf(open));
    connections.asPaced(peer);
  }

  function tooMany(socket: SyncSocket): null {
    socket.close(CLOSE.tryAgain, 'too many sockets');
    return null;
  }

  function openFor(socket: SyncSocket, document: string): OpenDocument | null {
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

  function onGone(connection: Connection): void {
    const { open } = connection;
    open.connections.delete(connection);
    open.presence.withdraw(connection);
    presenceMoved(open);
    deps.onPresence?.(open.live.name, peersOf(open));
    if (open.connections.size === 0 && !open.dropped) documents.unloadLater(open);
  }

  // ---- frames

  function receive(connection: Connection, frame: Uint8Array | string): void {
    if (connection.closed) return;
    if (frame.length > limits.frameBytes) return connections.close(connection, CLOSE.tooBig, 'frame too long');
    const parsed = typeof frame === 'string' ? null : parseFrame(frame);
    if (parsed === null || typeof frame === 'string') {
      return connections.close(connection, CLOSE.malformed, 'malformed frame');
    }
    const { open, peer } = connection;
    const parts = parsed.type === 'Update' ? parsed.decoded.parts : 0;
    connections.charge(peer, { frames: 1, bytes: frame.length, parts });
    switch (parsed.type) {
      case 'StateVector':
        return turn.ask({ from: connection, stateVector: parsed.stateVector });
      case 'Update':
        return receiveUpdate({ from: connection, update: parsed, frame });
      case 'Presence':
        return open.presence.receive(connection, peer, parsed.entries) ? presenceMoved(open) : undefined;
      case 'PresenceQuery': {
        const everybody = open.presence.everybody();
        if (everybody !== null) connections.send(connection, everybody);
      }
    }
  }

  function receiveUpdate(one: Arrived): void {
    const { from, update } = one;
    if (update.decoded.parts === 0) {
      if (update.via === 'step-2') from.answered = true;
      return;
    }
    // One after the other, also where the first of them still waits for the document to be read.
    documents.whenLoaded(from.open, () => {
      if (from.peer.mayWrite) turn.take(one);
      else if (!changesNothing(from.open.live.loadAll(), update.decoded)) {
        connections.close(from, CLOSE.readOnly, 'read only');
      }
    });
  }

  /** Relayed with this turn, or, where that was done a moment ago, when the time has come. */
  function presenceMoved(open: OpenDocument): void {
    if (presenceDue.has(open) || presenceTimers.has(open)) return;
    const waitMs = open.presenceAt + limits.presenceEveryMs - clock.now();
    if (waitMs > 0) presenceTimers.set(open, schedule(waitMs, presenceIsDue));
    else presenceIsDue();

    function presenceIsDue(): void {
      presenceTimers.delete(open);
      if (open.dropped) return;
      presenceDue.add(open);
      turn.end();
    }
  }

  function relayPresence(): void {
    for (const open of presenceDue) {
      const changes = open.presence.takeChanges();
      open.presenceAt = clock.now();
      if (changes === null) continue;
      for (const connection of open.connections) connections.send(connection, changes.frameFor(connection));
    }
    presenceDue.clear();
  }

  // ---- for the rest of the host

  /** At once: `revoked` ends it for good, `role-changed` makes the client come back and be judged anew. */
  function disconnectOperator(operatorId: OperatorId, why: 'revoked' | 'role-changed'): void {
    const code = why === 'revoked' ? CLOSE.badToken : CLOSE.rightsChanged;
    for (const connection of connections.ofOperator(operatorId)) connections.close(connection, code, why);
  }

  /** `signed-out` ends what was opened under this session; `acts-as` makes it come back under its new name. */
  function disconnectSession(sessionId: string, why: 'signed-out' | 'acts-as'): void {
    const code = why === 'signed-out' ? CLOSE.badToken : CLOSE.rightsChanged;
    for (const connection of connections.all()) {
      if (connection.peer.sessionId === sessionId) connections.close(connection, code, why);
    }
  }

  /** Whoever has one of these documents open comes back, and is judged by what may be done there now. */
  function rejudge(documentPrefix: string): void {
    turn.settle(); // what had arrived was allowed when it came
    for (const connection of connections.all()) {
      if (!connection.open.live.name.startsWith(documentPrefix)) continue;
      connections.close(connection, CLOSE.rightsChanged, 'role-changed');
    }
  }

  /** Everything that has arrived is settled, also where the document had still to be read for it. */
  function settleAll(): void {
    turn.settle();
    for (const open of documents.all()) {
      if (open.waiting === null) continue;
      try {
        turn.settleWith(open);
      } catch (cause) {
        turn.giveUp(open, cause);
      }
    }
  }

  /** Nothing is left in memory afterwards: the next opening reads anew, from whatever file then holds the document. */
  function dropAll(code: number, reason: string): void {
    settleAll(); // what had arrived was to be taken
    for (const open of documents.all()) {
      for (const connection of [...open.connections]) connections.close(connection, code, reason);
      documents.unload(open);
    }
  }

  return {
    connect,
    ...hostEdits,
    takeBatch: batches.take,
    retryRefused: batches.retryRefused,
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
    connections: (): number => connections.all().length,
    documentsInMemory: (): number => documents.all().length,
    /** Settles what has arrived without waiting for the end of the turn. */
    flush: settleAll,
    close(): void {
      batches.stop();
      dropAll(CLOSE.tryAgain, 'host is stopping');
      for (const cancel of presenceTimers.values()) cancel();
      turn.stop();
    },
  };
}

export type SyncService = ReturnType<typeof createSyncService>;

function peersOf(open: OpenDocument): readonly SyncPeer[] {
  return [...new Map([...open.connections].map(({ peer }) => [peer.operatorId, peer])).values()];
}
