import {
  type AlarmId,
  instant,
  type Instant,
  type OperatorId,
  type PublicationId,
  type RoomId,
  type Sha256Hex,
  type StatementId,
} from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { escalationDue, watchIsOver, type AlarmEvent } from '../../shared/domain/alarm/alarm.ts';
import { alarmLadder } from '../../shared/domain/alarm/ladder.ts';
import { deadlineOf } from '../../shared/domain/incident/incident.ts';
import { firstPublishedAt } from '../../shared/domain/publication/publication.ts';
import type { Actor } from '../../shared/domain/roster/actor.ts';
import { actorOfKey, operatorOf } from '../../shared/domain/workspace/workspace.ts';
import type { Refusal } from '../../shared/domain/refusal/refusal.ts';
import { emptyRoom, judge, type RoomEvent } from '../../shared/domain/room/room.ts';
import { textFor } from '../../shared/domain/statement/revision.ts';
import { statementOf } from '../../shared/domain/statement/statement.ts';
import type { Template } from '../../shared/domain/statement/template.ts';
import type { SignedEvent, StoredEvent } from '../../shared/log/envelope.ts';
import type { AppendContext } from '../../shared/log/event-log.ts';
import type { RoomCommand } from '../../shared/protocol/commands.ts';
import type { CommandAccepted } from '../../shared/protocol/endpoints.ts';
import { formatDocumentName } from '../../shared/protocol/document-names.ts';
import type { WireError } from '../../shared/protocol/wire.ts';
import { planEvents } from './plan-events.ts';
import type { Caller, Clock, Publisher, RoomFile, Signers, Texts } from './ports.ts';
import { createRoomBook, type RoomBook } from './room-book.ts';
import { createSignal, type Signal } from './signal.ts';
import { keyElsewhere, refused, wireError } from './wire-errors.ts';
import type { WorkspaceBook } from './workspace-book.ts';

export interface WarRoomDeps {
  readonly workspace: WorkspaceBook;
  readonly clock: Clock;
  readonly salt: AppendContext['salt'];
  newId(prefix: string): string;
  newRoomId(now: Instant): RoomId;
  readonly signers: Signers;
  readonly texts: Texts;
  readonly templates: readonly Template[];
  readonly publisher: Publisher;
  createRoomFile(roomId: RoomId): RoomFile;
  /** Takes away a room's file into which nothing could be recorded. */
  discardRoomFile(roomId: RoomId): void;
  readonly roomFiles: readonly RoomFile[];
  /** Something went wrong in work that nobody waits for. */
  onBackgroundFailure(cause: unknown): void;
}

/** What raises an alarm: a spike or a viral post by the host, or a person. */
export interface AlarmCause {
  readonly cause: 'spike' | 'viral' | 'person';
  readonly what: string;
  readonly why: string;
  readonly t0: Instant;
  readonly spike: Extract<AlarmEvent, { type: 'SpikeDetected' }> | null;
  /** What it is raised on, kept in the new room as it is now. */
  readonly pinned?: MentionPinned;
  /** It would have rung long ago, while nobody could hear it. */
  readonly isHistory?: boolean;
}

export type MentionPinned = Extract<RoomEvent, { type: 'MentionPinned' }>;

/**
 * All rooms of one workspace, and everything that may be done in them.
 *
 * Every step is the same five moves: read the log, fold, decide, sign and append, announce. A refusal is a value and
 * leaves no event; an effect on the world stands between two events, never inside a decision.
 */
export interface WarRoom {
  readonly rooms: ReadonlyMap<RoomId, RoomBook>;
  /** After any room's log has grown. */
  readonly changed: Signal<RoomBook>;
  actorOf(operatorId: OperatorId): Actor;
  raiseAlarm(cause: AlarmCause, by: OperatorId | null): Result<RoomBook, WireError>;
  handle(caller: Caller, roomId: RoomId, command: RoomCommand): Result<CommandAccepted, WireError>;
  /** Records what somebody did outside the commands of a room, such as keeping a mention. */
  record(operatorId: OperatorId, roomId: RoomId, facts: readonly RoomEvent[]): Result<CommandAccepted, WireError>;
  /**
   * Takes in what other hosts signed in a room, which was verified and fits; the room is opened where it is not here yet.
   * What it calls for is done where it was signed, and nowhere else.
   */
  receive(roomId: RoomId, events: readonly SignedEvent[]): readonly StoredEvent[];
  /** Whether this host is the one that began the room: what a room's own host records, the others only take over late. */
  isKeeper(book: RoomBook): boolean;
  /** Records facts that no person did: samples, presence, feeds. Passed over when they do not count. */
  note(book: RoomBook, facts: readonly RoomEvent[]): void;
  /** Whatever is due at this moment: calls to the next person, watches that are over, deadlines that have passed. */
  keepTime(now: Instant): void;
  /** After a start: publications that a crash left between sending and recording are for a person to settle. */
  recover(): void;
}

export function createWarRoom(deps: WarRoomDeps): WarRoom {
  const { workspace, clock, signers, texts } = deps;
  const rooms = new Map<RoomId, RoomBook>();
  const changed = createSignal<RoomBook>();

  function open(file: RoomFile): RoomBook {
    const book = createRoomBook({ file, workspace, clock, salt: deps.salt });
    book.changed.listen(() => changed.emit(book));
    rooms.set(file.roomId, book);
    return book;
  }

  function actorOf(operatorId: OperatorId): Actor {
    const operator = operatorOf(workspace.state, operatorId);
    if (!operator || operator.revoked) return { kind: 'unknown' };
    if (!signers.holds(operatorId)) return { kind: 'unknown' };
    // By the key that will sign: an act is acknowledged only if everybody who reads it will grant it.
    return actorOfKey(workspace.state, signers.operator(operatorId).publicKey);
  }

  function nameOf(operatorId: string): string {
    return operatorOf(workspace.state, operatorId as OperatorId)?.name ?? operatorId;
  }

  function raiseAlarm(alarm: AlarmCause, by: OperatorId | null): Result<RoomBook, WireError> {
    const { cause, what, why, t0, spike, pinned, isHistory = false } = alarm;
    const alarmId = deps.newId('a') as AlarmId;
    const ladder = [...alarmLadder(workspace.state)];
    const about = { alarmId, cause, what, why, t0, ladder };
    const raised: RoomEvent = { type: 'AlarmRaised', ...about, ...(isHistory && { isHistory }) };
    const actor = by === null ? actorOfKey(workspace.state, signers.host().publicKey) : actorOf(by);
    if (actor.kind === 'unknown') return err(refused({ type: 'UnknownAuthor' }));
    // Judged on an empty room before its file is made: a refusal leaves nothing behind.
    const first = { index: 0, hash: '0'.repeat(64) as Sha256Hex, at: clock.now(), actor, event: raised };
    const refusal = judge(emptyRoom, first);
    if (refusal) return err(refused(refusal, nameOf));
    const book = open(deps.createRoomFile(deps.newRoomId(clock.now())));
    // One commit for all: a spike whose alarm a crash swallowed would ring nowhere.
    try {
      const facts = [...(spike ? [spike] : []), raised, ...(pinned ? [pinned] : [])];
      book.record(by === null ? signers.host() : signers.operator(by), facts);
    } catch (cause) {
      if (book.events.length === 0) discard(book.file.roomId);
      throw cause;
    }
    return ok(book);
  }

  function handle(caller: Caller, roomId: RoomId, command: RoomCommand): Result<CommandAccepted, WireError> {
    const book = rooms.get(roomId);
    if (!book) return err(noSuchRoom);
    if (caller.operatorId === null) return err(wireError('SignedOut', 'Sign in first: every act has a name.'));
    const { operatorId } = caller;
    const planned = planEvents(command, {
      state: book.state,
      workspace: workspace.state,
      templates: deps.templates,
      now: clock.now(),
      door: caller.door,
      newId: deps.newId,
      draftOf: (statementId) => texts.read(formatDocumentName({ type: 'statement', roomId, statementId })),
      evidenceOf: (sha256) => book.file.evidence.get(sha256),
    });
    return planned.ok ? recordIn(book, operatorId, planned.value) : planned;
  }

  function record(operatorId: OperatorId, roomId: RoomId, facts: readonly RoomEvent[]) {
    const book = rooms.get(roomId);
    return book ? recordIn(book, operatorId, facts) : err(noSuchRoom);
  }

  function recordIn(
    book: RoomBook,
    operatorId: OperatorId,
    facts: readonly RoomEvent[],
  ): Result<CommandAccepted, WireError> {
    if (!signers.holds(operatorId)) return err(keyElsewhere);
    const frozen = book.forkedFrom.has(signers.operator(operatorId).publicKey);
    const refusal: Refusal | null = frozen ? { type: 'Forked' } : book.refusalOf(actorOf(operatorId), facts);
    if (refusal) return err(refused(refusal, nameOf));
    const recorded = book.record(signers.operator(operatorId), facts);
    const effects = facts.map((fact) => afterwards(book, fact, operatorId));
    return ok({
      events: recorded.map(({ index, hash, event }) => ({ index, hash, type: event.type })),
      statementId: effects.find((effect) => effect.statementId !== null)?.statementId ?? null,
      publicationId: effects.find((effect) => effect.publicationId !== null)?.publicationId ?? null,
    });
  }

  function afterwards(book: RoomBook, fact: RoomEvent, by: OperatorId) {
    if (fact.type === 'StatementStarted') {
      try {
        giveFirstWords(book, fact.statementId, fact.templateId, by);
      } catch (cause) {
        // The act itself is on the disk and must not be called refused; the words come with the next start.
        deps.onBackgroundFailure(cause);
      }
      return { statementId: fact.statementId, publicationId: null };
    }
    if (fact.type === 'PublicationStarted') {
      if (fact.via === 'webhook') deliver(book, fact.publicationId).catch(deps.onBackgroundFailure);
      return { statementId: null, publicationId: fact.publicationId };
    }
    return { statementId: null, publicationId: null };
  }

  function giveFirstWords(book: RoomBook, statementId: StatementId, templateId: string | null, by: OperatorId): void {
    const template = deps.templates.find((one) => one.templateId === templateId);
    if (template)
      texts.begin(formatDocumentName({ type: 'statement', roomId: book.file.roomId, statementId }), template.text, by);
  }

  async function deliver(book: RoomBook, publicationId: PublicationId): Promise<void> {
    const publication = book.state.publications[publicationId];
    if (!publication) return;
    const channel = workspace.state.channels.find((one) => one.channelId === publication.channelId);
    const statement = statementOf(book.state.statements, publication.statementId as StatementId);
    const content = statement?.revisions[publication.revision - 1]?.content;
    if (channel?.via.kind !== 'webhook' || !statement || !content) return;
    const delivery = await deps.publisher.deliver({
      url: channel.via.url,
      idempotencyKey: publicationId,
      body: {
        room: book.file.roomId,
        publication: publicationId,
        channel: channel.channelId,
        title: statement.title,
        text: textFor(content, channel.channelId),
        revisionHash: publication.hash,
        demo: workspace.state.demo,
      },
    });
    switch (delivery.outcome) {
      case 'delivered': {
        const { address, at } = delivery;
        note(book, [{ type: 'PublicationConfirmed', publicationId, address, publishedAt: at, evidence: null }]);
        return;
      }
      case 'refused':
        note(book, [{ type: 'PublicationFailed', publicationId, reason: delivery.reason.slice(0, 1000) }]);
        return;
      case 'unknown':
        note(book, [{ type: 'PublicationInDoubt', publicationId }]);
    }
  }

  function note(book: RoomBook, facts: readonly RoomEvent[]): void {
    const host = signers.host();
    const actor = actorOfKey(workspace.state, host.publicKey);
    if (facts.length > 0 && book.refusalOf(actor, facts) === null) book.record(host, facts);
  }

  /** Whether an event was signed by a key that this host keeps. */
  function isFromHere(book: RoomBook, hash: Sha256Hex): boolean {
    const author = book.authorOf(hash);
    const { keys } = workspace.state;
    const self = keys[signers.host().publicKey]?.host;
    return author !== null && self !== undefined && keys[author]?.host === self;
  }

  function isKeeper(book: RoomBook): boolean {
    const [first] = book.events;
    return first !== undefined && isFromHere(book, first.hash);
  }

  function keepTime(time: Instant): void {
    inEachRoom((book) => {
      // Several hosts of one room need not all say that time has passed: another one waits for the room's own to do it.
      const now = isKeeper(book) ? time : instant(time - TAKE_OVER_MS);
      const { alarm, incident } = book.state;
      const call = incident.phase === 'undeclared' ? escalationDue(alarm, now) : null;
      if (incident.phase === 'undeclared' && alarm.phase !== 'none' && watchIsOver(alarm, now))
        note(book, [{ type: 'WatchEnded', alarmId: alarm.alarmId, why: 'time' }]);
      if (call && alarm.phase !== 'none') note(book, [{ type: 'AlarmEscalated', alarmId: alarm.alarmId, ...call }]);
      if (incident.phase !== 'open' || firstPublishedAt(book.state.publications) !== null) return;
      const deadline = deadlineOf(incident);
      if (now >= deadline && !incident.breaches.includes(deadline)) note(book, [{ type: 'DeadlinePassed', deadline }]);
    });
  }

  function recover(): void {
    inEachRoom((book) => {
      for (const { publicationId, phase, via } of Object.values(book.state.publications)) {
        // By hand a person is still at it; a webhook was in the host's hands, and the host ended.
        if (phase === 'started' && via === 'webhook' && wasBegunHere(book, publicationId))
          note(book, [{ type: 'PublicationInDoubt', publicationId }]);
      }
      for (const operatorId of Object.keys(book.state.present))
        if (cameInHere(book, operatorId)) note(book, [{ type: 'OperatorLeft', operatorId: operatorId as OperatorId }]);
      for (const { event, actor, hash } of book.events)
        if (event.type === 'StatementStarted' && actor.kind === 'operator' && isFromHere(book, hash))
          giveFirstWords(book, event.statementId, event.templateId, actor.operatorId);
    });
  }

  function wasBegunHere(book: RoomBook, publicationId: string): boolean {
    const begun = book.events.find(
      ({ event }) => event.type === 'PublicationStarted' && event.publicationId === publicationId,
    );
    return begun !== undefined && isFromHere(book, begun.hash);
  }

  function cameInHere(book: RoomBook, operatorId: string): boolean {
    const came = book.events.findLast(
      ({ event }) => event.type === 'OperatorJoined' && event.operatorId === operatorId,
    );
    return came !== undefined && isFromHere(book, came.hash);
  }

  function receive(roomId: RoomId, events: readonly SignedEvent[]): readonly StoredEvent[] {
    const held = rooms.get(roomId);
    if (held) return held.receive(events);
    const book = open(deps.createRoomFile(roomId));
    try {
      return book.receive(events);
    } finally {
      if (book.events.length === 0) discard(roomId);
    }
  }

  function discard(roomId: RoomId): void {
    rooms.delete(roomId);
    deps.discardRoomFile(roomId);
  }

  /** A room that fails must not silence the others. */
  function inEachRoom(act: (book: RoomBook) => void): void {
    for (const book of rooms.values()) {
      try {
        act(book);
      } catch (cause) {
        deps.onBackgroundFailure(cause);
      }
    }
  }

  for (const file of deps.roomFiles) open(file);
  return { rooms, changed, actorOf, raiseAlarm, handle, record, receive, isKeeper, note, keepTime, recover };
}

/** How long the other hosts of a room wait for the one that began it, which may be gone. */
const TAKE_OVER_MS = 15_000;

const noSuchRoom = wireError('NoSuchRoom', 'There is no such room. It may be on another host.');
