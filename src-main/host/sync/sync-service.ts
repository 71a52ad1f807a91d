import * as Y from 'yjs';
import type { DeviceId, Instant, OperatorId } from '../../../shared/base/ids.ts';
import { invariant } from '../../../shared/base/invariant.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import type {
  ClientBinding,
  Clock,
  DocumentDirectory,
  DocumentStore,
  DocumentUpdate,
  SyncPeer,
} from '../../commands/ports.ts';
import { createConnections, type Connection } from './connections.ts';
import type { MassDeletion } from './deletion-watch.ts';
import { createPace } from './pace.ts';
import { firstUpdate, isBlank } from './first-words.ts';
import {
  answerFrame,
  parseFrame,
  stateVectorFrame,
  updateFrame,
  type IncomingFrame,
  type PresenceEntry,
} from './frames.ts';
import { createJoining } from './joining.ts';
import type { DocumentText, Taken } from './live-document.ts';
import { createOpenDocuments, type OpenDocument, type SyncLog } from './open-documents.ts';
import { restoringUpdate, textOfPieces } from './restore-text.ts';
import { CLOSE, DEFAULT_SYNC_LIMITS, type SyncLimits, type SyncSocket } from './sync-socket.ts';
import { changesNothing, decodeUpdate } from './update-check.ts';

export interface SyncServiceDeps {
  readonly directory: DocumentDirectory;
  readonly clock: Clock;
  readonly log: SyncLog;
  /** What the host itself writes from. */
  readonly deviceId: DeviceId;
  readonly limits?: Partial<SyncLimits>;
  /** Runs `act` after `delayMs`; returns what cancels it. */
  readonly schedule: (delayMs: number, act: () => void) => () => void;
  /** After somebody has come to a document or left it. */
  readonly onPresence?: (document: string, peers: readonly SyncPeer[]) => void;
  /** Somebody took away much of a document; it is stored and shown, and can be restored. */
  readonly onMassDeletion?: (deletion: MassDeletion) => void;
  /** A commit failed: nothing of it was shown to anybody. Once per failing spell. */
  readonly onStorageFailure?: (cause: unknown) => void;
  /** The first commit that succeeds after one that failed. */
  readonly onStorageRecovery?: () => void;
}

export type InsertRefused =
  | { readonly type: 'NoSuchDocument' }
  | { readonly type: 'DocumentNotEmpty' }
  | { readonly type: 'StorageFailed'; readonly cause: unknown };

export type RestoreRefused =
  | { readonly type: 'NoSuchDocument' }
  /** The document did not exist yet at that moment. */
  | { readonly type: 'NothingBefore' }
  | { readonly type: 'DocumentFull' }
  | { readonly type: 'StorageFailed'; readonly cause: unknown };

type Update = Extract<IncomingFrame, { type: 'Update' }>;

interface Arrived {
  readonly from: Connection;
  readonly update: Update;
  readonly frame: Uint8Array;
}

interface Question {
  readonly from: Connection;
  readonly stateVector: ReadonlyMap<number, number>;
}

/** An update that is in memory, on its way to the disk. */
interface Accepted {
  readonly from: Connection | null;
  readonly frame: Uint8Array;
  readonly row: DocumentUpdate;
  readonly deleted: number;
  readonly held: number;
}

/** What this turn does to one document. */
interface Work {
  readonly open: OpenDocument;
  readonly accepted: Accepted[];
  readonly bindings: ClientBinding[];
  /** All of `accepted` in one frame, where there is such a thing. */
  merged: Uint8Array | null;
  /** An update broke the document in memory: these came after it, and are tried when it has been read anew. */
  retry: readonly Arrived[] | null;
}

/**
 * Co-editing for stock y-websocket clients. The promise that everything here serves:
 *
 * 1. An update is committed before anybody else sees it, be it relayed or in answer to a state vector.
 * 2. What memory holds is what the disk holds: a failed commit takes the document back to it and closes the senders,
 *    whose clients keep their edits and bring them again.
 * 3. A frame that is refused costs its sender the socket, and nobody else anything.
 * 4. An answer to a state vector means that everything its sender sent before is on the disk.
 *
 * Updates are collected and settled in `setImmediate`: it runs right after the event loop has polled its sockets, so
 * that everything that came in one go shares one commit and a lone keystroke waits for nothing. A microtask would run
 * after each single frame and commit each by itself.
 */
export function createSyncService(deps: SyncServiceDeps) {
  const { directory, clock, log, schedule } = deps;
  const limits: SyncLimits = { ...DEFAULT_SYNC_LIMITS, ...deps.limits };
  const connections = createConnections(limits);
  const pace = createPace(clock, limits.pace);
  const held = new Set<OperatorId>();
  const presenceDue = new Set<OpenDocument>();
  const presenceTimers = new Map<OpenDocument, () => void>();
  const documents = createOpenDocuments({
    directory,
    clock,
    log,
    limits,
    schedule,
    settle,
    onMalformedPresence: (holder) => close(holder as Connection, CLOSE.malformed, 'malformed awareness'),
    onClaim: (open, owners) => claims.push(...owners.map((owner) => ({ open, owner }))),
    onUnreadable: giveUp,
  });
  const joining = createJoining({
    send,
    schedule,
    joinBytes: limits.joinBytes,
    onUnreadable: (connection, cause) => giveUp(connection.open, cause),
  });
  let arrived: Arrived[] = [];
  let questions: Question[] = [];
  let claims: { readonly open: OpenDocument; readonly owner: Omit<ClientBinding, 'document'> }[] = [];
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
    send(connection, stateVectorFrame(connection.open.live.stateVector()));
    const everybody = connection.open.presence.everybody();
    if (everybody !== null) send(connection, everybody);
    announcePeers(connection.open);
    listenAsPaced(peer.operatorId, pace.waitMs(peer.operatorId));
  }

  function admit(socket: SyncSocket, document: string, peer: SyncPeer): Connection | null {
    if (!connections.hasRoomFor(peer)) {
      socket.close(CLOSE.tryAgain, 'too many sockets');
      return null;
    }
    const open = openForSocket(socket, document);
    if (open === null) return null;
    const connection = { socket, peer, open, closed: false, refused: false, live: false, paused: false };
    documents.keep(open);
    open.connections.add(connection);
    connections.add(connection);
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
    connections.remove(connection);
    if (connections.ofOperator(peer.operatorId).length === 0) pace.forget(peer.operatorId);
    open.presence.withdraw(connection);
    presenceMoved(open);
    announcePeers(open);
    if (open.connections.size === 0 && !open.dropped) documents.unloadLater(open);
  }

  /** Ends it at once for us, whenever the transport gets round to it. */
  function close(connection: Connection, code: number, reason: string): void {
    if (connection.closed) return;
    connection.closed = true;
    if (connection.paused) connection.socket.resume?.(); // or its answer to our closing would never be read
    connection.socket.close(code, reason);
    forget(connection);
  }

  function refuse(connection: Connection, code: number, reason: string): void {
    connection.refused = true;
    close(connection, code, reason);
  }

  function send(connection: Connection, frame: Uint8Array): boolean {
    if (connection.closed) return false;
    if ((connection.socket.bufferedBytes?.() ?? 0) > limits.bufferedBytes) {
      close(connection, CLOSE.tryAgain, 'reading too slowly');
      return false;
    }
    connection.socket.send(frame);
    return true;
  }

  function announcePeers(open: OpenDocument): void {
    deps.onPresence?.(open.live.name, peersOf(open));
  }

  /** For `waitMs` nothing is read from this person's sockets; what they send waits on their side. */
  function listenAsPaced(operatorId: OperatorId, waitMs: number): void {
    if (waitMs <= 0) return;
    for (const connection of connections.ofOperator(operatorId)) {
      if (!connection.paused) connection.socket.pause?.();
      connection.paused = true;
    }
    if (held.has(operatorId)) return;
    held.add(operatorId);
    schedule(waitMs, () => {
      held.delete(operatorId);
      const stillMs = pace.waitMs(operatorId);
      if (stillMs > 0) return listenAsPaced(operatorId, stillMs);
      for (const connection of connections.ofOperator(operatorId)) {
        connection.paused = false;
        connection.socket.resume?.();
      }
    });
  }

  // ---- frames

  function receive(connection: Connection, frame: Uint8Array | string): void {
    if (connection.closed) return;
    if (frame.length > limits.frameBytes) return close(connection, CLOSE.tooBig, 'frame too long');
    const parsed = typeof frame === 'string' ? null : parseFrame(frame);
    if (parsed === null || typeof frame === 'string') return close(connection, CLOSE.malformed, 'malformed frame');
    const { operatorId } = connection.peer;
    const parts = parsed.type === 'Update' ? parsed.decoded.parts : 0;
    listenAsPaced(operatorId, pace.charge(operatorId, { frames: 1, bytes: frame.length, parts }));
    switch (parsed.type) {
      case 'StateVector':
        return receiveQuestion({ from: connection, stateVector: parsed.stateVector });
      case 'Update':
        return receiveUpdate({ from: connection, update: parsed, frame });
      case 'Presence':
        return receivePresence(connection, parsed.entries);
      case 'PresenceQuery': {
        const everybody = connection.open.presence.everybody();
        if (everybody !== null) send(connection, everybody);
      }
    }
  }

  function receiveQuestion(question: Question): void {
    questions.push(question); // after what it sent before has been committed
    endTurn();
  }

  function receiveUpdate(one: Arrived): void {
    const { from, update } = one;
    if (update.decoded.parts === 0) return;
    // One after the other, also where the first of them still waits for the document to be read.
    documents.whenLoaded(from.open, () => {
      if (from.peer.mayWrite) {
        arrived.push(one);
        endTurn();
      } else if (!changesNothing(from.open.live.loadAll(), update.decoded)) close(from, CLOSE.readOnly, 'read only');
    });
  }

  function receivePresence(connection: Connection, entries: readonly PresenceEntry[]): void {
    if (connection.open.presence.receive(connection, connection.peer, entries)) presenceMoved(connection.open);
  }

  /** Relayed with this turn, or, where that was done a moment ago, when the time has come. */
  function presenceMoved(open: OpenDocument): void {
    if (presenceDue.has(open) || presenceTimers.has(open)) return;
    const waitMs = open.presenceAt + limits.presenceEveryMs - clock.now();
    if (waitMs > 0) presenceTimers.set(open, schedule(waitMs, relayNow));
    else relayNow();

    function relayNow(): void {
      presenceTimers.delete(open);
      if (open.dropped) return;
      presenceDue.add(open);
      endTurn();
    }
  }

  // ---- the end of a turn

  function endTurn(): void {
    turn ??= setImmediate(settle);
  }

  function settle(): void {
    if (turn !== null) clearImmediate(turn);
    turn = null;
    for (const open of presenceDue) relayPresence(open); // first: what it claims is stored with this turn's edits
    presenceDue.clear();
    const [batch, asked, claimed] = [arrived, questions, claims];
    [arrived, questions, claims] = [[], [], []];
    const works = takeAll(batch);
    for (const { open, owner } of claimed) bind(works, open, owner);
    if (works.size > 0) commit([...works.values()]);
    for (const question of asked) answer(question);
  }

  function takeAll(batch: readonly Arrived[]): Map<OpenDocument, Work> {
    const byDocument = new Map<OpenDocument, Arrived[]>();
    for (const one of batch) {
      const group = byDocument.get(one.from.open);
      if (group === undefined) byDocument.set(one.from.open, [one]);
      else group.push(one);
    }
    const works = new Map<OpenDocument, Work>();
    for (const [open, group] of byDocument) {
      if (open.dropped) continue;
      try {
        works.set(open, takeGroup(open, group));
      } catch (cause) {
        giveUp(open, cause);
      }
    }
    return works;
  }

  function takeLater(open: OpenDocument, group: readonly Arrived[]): void {
    documents.whenLoaded(open, () => {
      arrived.push(...group);
      endTurn();
    });
  }

  function takeGroup(open: OpenDocument, group: readonly Arrived[]): Work {
    const work: Work = { open, accepted: [], bindings: [], merged: null, retry: null };
    const takeEach = (): void => {
      for (const [index, one] of group.entries()) {
        if (one.from.refused || takeOne(work, one)) continue;
        work.retry = group.slice(index + 1);
        return;
      }
    };
    if (group.length === 1) takeEach();
    else {
      try {
        work.merged = open.live.together(takeEach);
      } catch {
        // Something in it breaks Yjs only when it tidies up. Nothing is stored yet: each by itself finds out what it is.
        open.live.forget();
        return takeApart(open, group);
      }
    }
    if (work.retry !== null) work.merged = null;
    return work;
  }

  /** Stores and shows each before the next is looked at; the last one's work is left to the caller. */
  function takeApart(open: OpenDocument, group: readonly Arrived[]): Work {
    let work: Work = { open, accepted: [], bindings: [], merged: null, retry: null };
    for (const one of group) {
      commit([work]);
      work = takeGroup(open, [one]);
    }
    return work;
  }

  /** False when the document in memory is broken by it. */
  function takeOne(work: Work, { from, update, frame }: Arrived): boolean {
    const at = clock.now();
    const { live } = work.open;
    const taken = live.take({ ...update, deviceId: from.peer.deviceId }, at);
    if (taken.type === 'Taken') {
      if (taken.news === null) return true;
      const isSame = update.via === 'update' && taken.news === update.data;
      accept(work, taken, { from, frame: isSame ? frame : updateFrame(taken.news), peer: from.peer, at });
      return true;
    }
    const [code, reason] = REFUSALS[taken.type];
    refuse(from, code, taken.type === 'NotYours' ? taken.why : reason);
    return taken.type !== 'Unfit';
  }

  function accept(
    work: Work,
    taken: Extract<Taken, { type: 'Taken' }>,
    by: {
      readonly from: Connection | null;
      readonly frame: Uint8Array;
      readonly peer: Pick<SyncPeer, 'operatorId' | 'deviceId'>;
      readonly at: Instant;
    },
  ): void {
    invariant(taken.news, 'only what is new is kept');
    const { name: document } = work.open.live;
    const { operatorId, deviceId } = by.peer;
    const row = { document, at: by.at, operatorId, deviceId, data: taken.news };
    work.accepted.push({ from: by.from, frame: by.frame, row, deleted: taken.deleted, held: taken.held });
    work.bindings.push(...taken.owners.map((owner) => ({ document, ...owner })));
  }

  function bind(works: Map<OpenDocument, Work>, open: OpenDocument, owner: Omit<ClientBinding, 'document'>): void {
    if (open.dropped) return;
    const work = works.get(open) ?? { open, accepted: [], bindings: [], merged: null, retry: null };
    works.set(open, work);
    work.bindings.push({ document: open.live.name, ...owner });
  }

  /** One transaction per database file; each file's updates stand or fall together, and only with each other. */
  function commit(works: readonly Work[]): Result<void, unknown> {
    const byStore = new Map<DocumentStore, Work[]>();
    for (const work of works) {
      const group = byStore.get(work.open.live.store);
      if (group === undefined) byStore.set(work.open.live.store, [work]);
      else group.push(work);
    }
    let outcome: Result<void, unknown> = ok(undefined);
    for (const [store, group] of byStore) {
      const updates = group.flatMap(({ accepted }) => accepted.map(({ row }) => row));
      const bindings = group.flatMap((work) => work.bindings);
      try {
        if (updates.length + bindings.length > 0) store.append({ updates, bindings });
      } catch (cause) {
        outcome = err(cause);
        takeBack(group, cause);
        continue;
      }
      for (const work of group) stored(work);
      recovered();
    }
    return outcome;
  }

  function stored(work: Work): void {
    const { open } = work;
    open.live.stored();
    relay(work);
    for (const one of work.accepted) if (one.deleted > 0 && one.from !== null) watchDeletion(open, one.from.peer, one);
    if (work.retry === null) return documents.segmentWhenDue(open);
    try {
      open.live.forget();
      if (work.retry.length > 0) takeLater(open, work.retry);
    } catch (cause) {
      giveUp(open, cause);
    }
  }

  function relay({ open, accepted, merged }: Work): void {
    const senders = new Set(accepted.map(({ from }) => from));
    if (merged === null || accepted.length < 2) {
      for (const { from, frame } of accepted) relayFrame(open, frame, from);
    } else {
      // One frame for all. Where several wrote, each also gets back what it sent, which its client ignores.
      const [first = null] = senders;
      relayFrame(open, updateFrame(merged), senders.size === 1 ? first : null);
    }
  }

  function relayFrame(open: OpenDocument, frame: Uint8Array, except: Connection | null): void {
    for (const connection of open.connections) if (connection.live && connection !== except) send(connection, frame);
  }

  function watchDeletion(open: OpenDocument, peer: SyncPeer, { row, deleted, held }: Accepted): void {
    const massDeletion = open.deletions.deleted(peer, row.at, deleted, held);
    if (massDeletion === null) return;
    log.warn({ document: open.live.name, operatorId: peer.operatorId, deleted, held }, 'much of a text was deleted');
    listenAsPaced(peer.operatorId, pace.hold(peer.operatorId, limits.massDeletion.holdMs));
    deps.onMassDeletion?.(massDeletion);
  }

  function takeBack(group: readonly Work[], cause: unknown): void {
    log.error({ cause, documents: group.map(({ open }) => open.live.name) }, 'storage failed');
    for (const { open, accepted } of group) {
      try {
        if (accepted.length > 0) open.live.rollBack();
        else open.live.rollBackClaims();
      } catch (unreadable) {
        giveUp(open, unreadable);
      }
      for (const { from } of accepted) if (from !== null) close(from, CLOSE.tryAgain, 'storage failed');
    }
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

  function answer({ from, stateVector }: Question): void {
    if (from.closed) return;
    if (stateVector.size === 0) return joining.begin(from);
    documents.whenLoaded(from.open, () => {
      if (arrived.some((one) => one.from === from)) return receiveQuestion({ from, stateVector });
      const frame = answerFrame(from.open.live.missing(stateVector));
      const cost = { frames: 0, bytes: frame.length / ANSWERS_PER_BYTE, parts: 0 };
      listenAsPaced(from.peer.operatorId, pace.charge(from.peer.operatorId, cost));
      if (send(from, frame)) from.live = true;
    });
  }

  function relayPresence(open: OpenDocument): void {
    const changes = open.presence.takeChanges();
    open.presenceAt = clock.now();
    if (changes === null) return;
    for (const connection of open.connections) send(connection, changes.frameFor(connection));
  }

  // ---- for the rest of the host

  /** Everything that has arrived is settled, also where the document had still to be read for it. Throws if it cannot be. */
  function settleWith(open: OpenDocument): void {
    settle();
    documents.loadNow(open);
    settle();
  }

  /**
   * The text as the host holds it now, everything received so far included. Null when there is no such document.
   * Throws when it cannot be read: an unread document is not an empty one.
   */
  function textOf(document: string): DocumentText | null {
    const open = documents.open(document);
    if (open === null) return null;
    settleWith(open);
    return open.live.text();
  }

  /** Gives a new document its first words, stored before it returns. */
  function insertText(
    document: string,
    text: string,
    by: OperatorId,
    variants: Readonly<Record<string, string>> = {},
  ): Result<void, InsertRefused> {
    try {
      const open = documents.open(document);
      if (open === null) return err({ type: 'NoSuchDocument' });
      settleWith(open);
      if (!isBlank(open.live.text())) return err({ type: 'DocumentNotEmpty' });
      const written = write(open, firstUpdate({ text, variants }), by);
      invariant(written.ok || written.error.type === 'StorageFailed', 'the first words of a document fit');
      return written.ok ? ok(undefined) : err(written.error as Extract<InsertRefused, { type: 'StorageFailed' }>);
    } catch (cause) {
      return err({ type: 'StorageFailed', cause });
    }
  }

  /**
   * Makes the document read as it read at `at` (that millisecond included), as new edits in the name of `by`. `changed`
   * is false when it reads so already.
   */
  async function restoreText(
    document: string,
    at: Instant,
    by: OperatorId,
  ): Promise<Result<{ readonly changed: boolean }, RestoreRefused>> {
    try {
      settle();
      const found = documents.open(document);
      if (found === null) return err({ type: 'NoSuchDocument' });
      const pieces = found.live.store.stateAt(document, at);
      if (pieces.length === 0) return err({ type: 'NothingBefore' });
      const then = await textOfPieces(pieces);
      const open = documents.open(document); // another one, if it was left and forgotten meanwhile
      if (open === null) return err({ type: 'NoSuchDocument' });
      settleWith(open);
      open.hostClientId ??= new Y.Doc().clientID;
      const update = restoringUpdate(open.live.missing(new Map()), then, open.hostClientId);
      if (update === null) return ok({ changed: false });
      const written = write(open, update, by);
      return written.ok ? ok({ changed: true }) : written;
    } catch (cause) {
      return err({ type: 'StorageFailed', cause });
    }
  }

  /** The host's own edit of a document in memory, stored and relayed before it returns. */
  function write(
    open: OpenDocument,
    data: Uint8Array,
    by: OperatorId,
  ): Result<void, Extract<RestoreRefused, { type: 'DocumentFull' | 'StorageFailed' }>> {
    const at = clock.now();
    const decoded = decodeUpdate(data);
    invariant(decoded, 'the host writes what it would accept');
    const taken = open.live.take({ data, decoded, deviceId: deps.deviceId }, at);
    if (taken.type === 'Full') return err({ type: 'DocumentFull' });
    invariant(taken.type === 'Taken', 'what the host writes fits');
    if (taken.news === null) return ok(undefined);
    const work: Work = { open, accepted: [], bindings: [], merged: null, retry: null };
    const peer = { operatorId: by, deviceId: deps.deviceId };
    accept(work, taken, { from: null, frame: updateFrame(taken.news), peer, at });
    const committed = commit([work]);
    return committed.ok ? ok(undefined) : err({ type: 'StorageFailed', cause: committed.error });
  }

  /** At once: `revoked` ends it for good, `role-changed` makes the client come back and be judged anew. */
  function disconnectOperator(operatorId: OperatorId, why: 'revoked' | 'role-changed'): void {
    const code = why === 'revoked' ? CLOSE.badToken : CLOSE.rightsChanged;
    for (const connection of connections.ofOperator(operatorId)) close(connection, code, why);
  }

  /** `signed-out` ends what was opened under this session; `acts-as` makes it come back under its new name. */
  function disconnectSession(sessionId: string, why: 'signed-out' | 'acts-as'): void {
    const code = why === 'signed-out' ? CLOSE.badToken : CLOSE.rightsChanged;
    for (const connection of connections.all())
      if (connection.peer.sessionId === sessionId) close(connection, code, why);
  }

  /** Whoever has one of these documents open comes back, and is judged by what may be done there now. */
  function rejudge(documentPrefix: string): void {
    settle(); // what had arrived was allowed when it came
    for (const connection of connections.all())
      if (connection.open.live.name.startsWith(documentPrefix)) close(connection, CLOSE.rightsChanged, 'role-changed');
  }

  /** Nothing is left in memory afterwards: the next opening reads anew, from whatever file then holds the document. */
  function dropAll(code: number, reason: string): void {
    settle();
    for (const open of documents.all()) {
      try {
        if (open.waiting !== null) settleWith(open); // what had arrived was to be taken
      } catch (cause) {
        giveUp(open, cause);
        continue;
      }
      for (const connection of [...open.connections]) close(connection, code, reason);
      documents.unload(open);
    }
  }

  return {
    connect,
    textOf,
    insertText,
    restoreText,
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
    documentsInMemory(): number {
      return documents.all().length;
    },
    /** Settles what has arrived without waiting for the end of the turn. */
    flush: settle,
    close(): void {
      dropAll(CLOSE.tryAgain, 'host is stopping');
      for (const cancel of presenceTimers.values()) cancel();
      if (turn !== null) clearImmediate(turn);
      turn = null;
    },
  };
}

export type SyncService = ReturnType<typeof createSyncService>;

/** An answer is charged by a fraction of its bytes: it is cheap to make, and often a large one is asked for once. */
const ANSWERS_PER_BYTE = 16;

const REFUSALS = {
  GapBefore: [CLOSE.gap, 'an earlier edit is missing'],
  NotYours: [CLOSE.notYours, ''],
  Full: [CLOSE.full, 'document is full'],
  Unfit: [CLOSE.malformed, 'update cannot be applied'],
} as const satisfies Record<Exclude<Taken['type'], 'Taken'>, readonly [number, string]>;

function peersOf(open: OpenDocument): readonly SyncPeer[] {
  return [...new Map([...open.connections].map(({ peer }) => [peer.operatorId, peer])).values()];
}
