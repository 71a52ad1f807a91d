import type { DeviceId, Instant, OperatorId } from '../../../shared/base/ids.ts';
import { invariant } from '../../../shared/base/invariant.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import type { ClientBinding, Clock, DocumentStore, DocumentUpdate, SyncPeer } from '../../commands/ports.ts';
import type { Owner } from './client-owners.ts';
import type { Connection, Connections } from './connections.ts';
import type { MassDeletion } from './deletion-watch.ts';
import { answerFrame, updateFrame, type IncomingFrame } from './frames.ts';
import type { Taken } from './live-document.ts';
import type { OpenDocument, OpenDocuments, SyncLog } from './open-documents.ts';
import { CLOSE, type SyncLimits } from './sync-socket.ts';
import { decodeUpdate } from './update-check.ts';

export interface TurnDeps {
  readonly connections: Connections;
  readonly documents: OpenDocuments;
  readonly clock: Clock;
  readonly log: SyncLog;
  readonly limits: SyncLimits;
  /** Before anything is stored in this turn, for those who have something to add to it. */
  readonly onSettle: () => void;
  /** Brings somebody up to date who holds nothing. */
  readonly onJoin: (connection: Connection) => void;
  readonly onMassDeletion?: ((deletion: MassDeletion) => void) | undefined;
  readonly onStorageFailure?: ((cause: unknown) => void) | undefined;
  readonly onStorageRecovery?: (() => void) | undefined;
  /** What somebody wrote here was committed: once for each document in a turn, after it was relayed. */
  readonly onTextGrown?: ((document: string) => void) | undefined;
}

/** An edit that somebody sent. */
export interface Arrived {
  readonly from: Connection;
  readonly update: Extract<IncomingFrame, { type: 'Update' }>;
  readonly frame: Uint8Array;
}

/** Somebody asks for what they lack. */
export interface Question {
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

/** Of somebody who took `deleted` of `held` units away. */
export interface Deletion {
  readonly operatorId: OperatorId;
  readonly deviceId: DeviceId;
  readonly at: Instant;
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

export type WriteRefused =
  { readonly type: 'DocumentFull' } | { readonly type: 'StorageFailed'; readonly cause: unknown };

/**
 * What everybody sent between two polls of the sockets is taken, committed and relayed together, in `setImmediate`: it
 * runs right after the event loop has polled, so that everything that came in one go shares one commit and a lone
 * keystroke waits for nothing. A microtask would run after each single frame and commit each by itself.
 */
export function createTurn(deps: TurnDeps) {
  const { connections, documents, clock, log, limits } = deps;
  let arrived: Arrived[] = [];
  let questions: Question[] = [];
  let claims: { readonly open: OpenDocument; readonly owner: Owner }[] = [];
  let turn: NodeJS.Immediate | null = null;
  let storageFailing = false;
  const grown = new Set<string>();

  function end(): void {
    turn ??= setImmediate(settle);
  }

  function settle(): void {
    if (turn !== null) clearImmediate(turn);
    turn = null;
    deps.onSettle();
    const [batch, asked, claimed] = [arrived, questions, claims];
    [arrived, questions, claims] = [[], [], []];
    const works = takeAll(batch);
    for (const { open, owner } of claimed) bind(works, open, owner);
    if (works.size > 0) commit([...works.values()]);
    for (const question of asked) answer(question);
    tellGrown();
  }

  function tellGrown(): void {
    const names = [...grown];
    grown.clear();
    for (const name of names) deps.onTextGrown?.(name);
  }

  /** The same, also where the document had still to be read for it. Throws if it cannot be. */
  function settleWith(open: OpenDocument): void {
    settle();
    documents.loadNow(open);
    settle();
  }

  // ---- taking

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

  function takeGroup(open: OpenDocument, group: readonly Arrived[]): Work {
    const work = workOn(open);
    const takeEach = (): void => {
      for (const [index, one] of group.entries()) {
        if (one.from.refused || takeOne(work, one)) continue;
        work.retry = group.slice(index + 1);
        return;
      }
    };
    if (group.length === 1) takeEach();
    else {
      const answered = new Set(group.flatMap(({ from }) => (from.answered ? [from] : [])));
      try {
        work.merged = open.live.together(takeEach);
      } catch {
        // Something in it breaks Yjs only when it tidies up. Nothing is stored yet: each by itself finds out what it is.
        open.live.forget();
        for (const { from } of group) from.answered = answered.has(from);
        return takeApart(open, group);
      }
    }
    if (work.retry !== null) work.merged = null;
    return work;
  }

  /** Stores and shows each before the next is looked at; the last one's work is left to the caller. */
  function takeApart(open: OpenDocument, group: readonly Arrived[]): Work {
    let work = workOn(open);
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
    if (update.via === 'step-2') from.answered = true;
    // A key that is typed before the client has read our question goes out ahead of what it wrote offline. Its answer
    // brings both.
    if (taken.type === 'GapBefore' && !from.answered) return true;
    if (taken.type === 'Taken') {
      if (taken.news === null) return true;
      if (taken.steps > 0) connections.charge(from.peer, { frames: 0, bytes: 0, parts: taken.steps / STEPS_PER_PART });
      const isSame = update.via === 'update' && taken.news === update.data;
      accept(work, taken, { from, frame: isSame ? frame : updateFrame(taken.news), peer: from.peer, at });
      return true;
    }
    const [code, reason] = REFUSALS[taken.type];
    // Found out only by trying: the document has to be read anew for it.
    if (taken.type === 'Unfit') connections.charge(from.peer, { frames: 0, bytes: 0, parts: PARTS_FOR_A_READING });
    connections.refuse(from, code, taken.type === 'NotYours' ? taken.why : reason);
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

  function bind(works: Map<OpenDocument, Work>, open: OpenDocument, owner: Owner): void {
    if (open.dropped) return;
    const work = works.get(open) ?? workOn(open);
    works.set(open, work);
    work.bindings.push({ document: open.live.name, ...owner });
  }

  // ---- storing and showing

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
      if (updates.length + bindings.length > 0) {
        try {
          store.append({ updates, bindings });
        } catch (cause) {
          outcome = err(cause);
          takeBack(group, cause);
          continue;
        }
        recovered();
      }
      for (const work of group) stored(work);
    }
    return outcome;
  }

  function stored(work: Work): void {
    const { open } = work;
    relay(work);
    if (work.accepted.length > 0) grown.add(open.live.name);
    for (const one of work.accepted) if (one.deleted > 0 && one.from !== null) watchDeletion(open, one.from.peer, one);
    if (work.retry === null) return documents.segmentWhenDue(open);
    try {
      open.live.forget();
      if (work.retry.length > 0) takeLater(open, work.retry);
    } catch (cause) {
      giveUp(open, cause);
    }
  }

  function takeLater(open: OpenDocument, group: readonly Arrived[]): void {
    documents.whenLoaded(open, () => {
      arrived.push(...group);
      end();
    });
  }

  function relay({ open, accepted, merged }: Work): void {
    if (merged === null || accepted.length < 2) {
      for (const { from, frame } of accepted) relayFrame(open, frame, from);
      return;
    }
    // One frame for all. Where several wrote, each also gets back what it sent, which its client ignores.
    const [first = null, ...others] = new Set(accepted.map(({ from }) => from));
    relayFrame(open, updateFrame(merged), others.length === 0 ? first : null);
  }

  function relayFrame(open: OpenDocument, frame: Uint8Array, except: Connection | null = null): void {
    for (const connection of open.connections) {
      if (connection.live && connection !== except) connections.send(connection, frame);
    }
  }

  function watchDeletion(open: OpenDocument, peer: SyncPeer, { row, deleted, held }: Accepted): void {
    if (announceDeletion(open, { ...row, deleted, held })) connections.holdBack(peer, limits.massDeletion.holdMs);
  }

  /** Whether it was, or has become, a mass deletion. */
  function announceDeletion(open: OpenDocument, { deleted, held, at, ...by }: Deletion): boolean {
    const massDeletion = open.deletions.deleted(by, at, deleted, held);
    if (massDeletion === null) return false;
    log.warn({ document: open.live.name, operatorId: by.operatorId, deleted, held }, 'much of a text was deleted');
    deps.onMassDeletion?.(massDeletion);
    return true;
  }

  function takeBack(group: readonly Work[], cause: unknown): void {
    for (const { open, accepted, bindings, retry } of group) {
      try {
        if (accepted.length > 0 || retry !== null) open.live.forget();
        else open.live.disown(bindings);
        if (retry !== null && retry.length > 0) takeLater(open, retry);
      } catch (unreadable) {
        giveUp(open, unreadable);
      }
      for (const { from } of accepted) if (from !== null) connections.close(from, CLOSE.tryAgain, 'storage failed');
    }
    failed(group, cause);
  }

  function failed(group: readonly Pick<Work, 'open'>[], cause: unknown): void {
    log.error({ cause, documents: group.map(({ open }) => open.live.name) }, 'storage failed');
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
    for (const connection of [...open.connections]) {
      connections.close(connection, CLOSE.unreadable, 'document could not be read');
    }
  }

  function answer(question: Question): void {
    const { from, stateVector } = question;
    if (from.closed) return;
    if (stateVector.size === 0) return deps.onJoin(from);
    documents.whenLoaded(from.open, () => {
      if (arrived.some((one) => one.from === from)) return ask(question);
      // Who has been relayed everything since an earlier answer lacks no deletion; a page asks after every few keys.
      const which = from.live ? 'structs-only' : 'with-deletions';
      const frame = answerFrame(from.open.live.missing(stateVector, which));
      connections.charge(from.peer, { frames: 0, bytes: frame.length / ANSWERED_BYTES_PER_BYTE, parts: 0 });
      if (connections.send(from, frame)) from.live = true;
    });
  }

  function ask(question: Question): void {
    questions.push(question);
    end();
  }

  return {
    /** An edit by somebody who may write. The document is in memory, and what they sent before came before. */
    take(one: Arrived): void {
      arrived.push(one);
      end();
    },
    /** To be answered when everything that its sender sent before is on the disk. */
    ask,
    claim(open: OpenDocument, owners: readonly Owner[]): void {
      claims.push(...owners.map((owner) => ({ open, owner })));
    },
    end,
    settle,
    settleWith,
    giveUp,
    relayFrame,
    announceDeletion,
    failed,
    recovered,
    /** An edit of the host's own to a document in memory, stored and relayed before it returns when that was. */
    write(
      open: OpenDocument,
      data: Uint8Array,
      peer: { readonly operatorId: OperatorId; readonly deviceId: DeviceId },
    ): Result<Instant, WriteRefused> {
      const at = clock.now();
      const decoded = decodeUpdate(data);
      invariant(decoded, 'the host writes what it would accept');
      const taken = open.live.take({ data, decoded, deviceId: peer.deviceId }, at);
      if (taken.type === 'Full') return err({ type: 'DocumentFull' });
      invariant(taken.type === 'Taken', 'what the host writes fits');
      if (taken.news === null) return ok(at);
      const work = workOn(open);
      accept(work, taken, { from: null, frame: updateFrame(taken.news), peer, at });
      const committed = commit([work]);
      tellGrown();
      return committed.ok ? ok(at) : err({ type: 'StorageFailed', cause: committed.error });
    },
    stop(): void {
      if (turn !== null) clearImmediate(turn);
      turn = null;
    },
  };
}

export type Turn = ReturnType<typeof createTurn>;

/** Items that are looked at for what one part costs beside it. */
const STEPS_PER_PART = 50;

/** What it costs somebody that a document has to be read anew because of them. */
const PARTS_FOR_A_READING = 4000;

/** An answer is charged by a fraction of its bytes: it is cheap to make, and often a large one is asked for once. */
const ANSWERED_BYTES_PER_BYTE = 16;

const REFUSALS = {
  GapBefore: [CLOSE.gap, 'an earlier edit is missing'],
  NotYours: [CLOSE.notYours, ''],
  Full: [CLOSE.full, 'document is full'],
  TooCostly: [CLOSE.malformed, 'too many edits for one place'],
  Unfit: [CLOSE.malformed, 'update cannot be applied'],
} as const satisfies Record<Exclude<Taken['type'], 'Taken'>, readonly [number, string]>;

function workOn(open: OpenDocument): Work {
  return { open, accepted: [], bindings: [], merged: null, retry: null };
}
