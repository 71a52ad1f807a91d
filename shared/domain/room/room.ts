import { z } from 'zod';
import {
  FeedId,
  Instant,
  OperatorId as OperatorIdSchema,
  Sha256Hex,
  WatchQueryId,
  type OperatorId,
} from '../../base/ids.ts';
import type { Owned } from '../../base/records.ts';
import { type Alarm, AlarmEvent, answerAlarm, evolveAlarm, judgeAlarm, noAlarm } from '../alarm/alarm.ts';
import { ClearanceEvent, type Clearances, evolveClearances, judgeClearance } from '../clearance/clearance.ts';
import { evolveIncident, type Incident, IncidentEvent, judgeIncident, undeclared } from '../incident/incident.ts';
import {
  evolvePublications,
  firstPublishedAt,
  judgePublication,
  PublicationEvent,
  type Publications,
} from '../publication/publication.ts';
import type { Recorded } from '../roster/actor.ts';
import { mayDo } from '../roster/roles.ts';
import {
  evolveStatements,
  judgeStatement,
  StatementEvent,
  type Statements,
  statementOf,
} from '../statement/statement.ts';
import type { Refusal } from '../refusal/refusal.ts';

/** What the room itself records: who was there, what the storm did, what people wrote into the log by hand. */
export const RecordEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('OperatorJoined'), operatorId: OperatorIdSchema }),
  z.strictObject({ type: z.literal('OperatorLeft'), operatorId: OperatorIdSchema }),
  z.strictObject({
    type: z.literal('RateSampled'),
    watchQueryId: WatchQueryId,
    /** One minute, beginning here. */
    from: Instant,
    count: z.number().nonnegative(),
    expected: z.number().nonnegative(),
    lower: z.number().nonnegative(),
    upper: z.number().nonnegative(),
    negativeShare: z.number().min(0).max(1).nullable(),
    /** False when no feed delivered in that minute: a gap, never calm. */
    covered: z.boolean(),
  }),
  z.strictObject({
    type: z.literal('FeedStateChanged'),
    feedId: FeedId,
    name: z.string().max(300),
    state: z.enum(['live', 'silent', 'failed', 'ended']),
    since: Instant,
  }),
  /** A mention as it was when somebody kept it: the source may change or delete it. */
  z.strictObject({
    type: z.literal('MentionPinned'),
    watchQueryId: WatchQueryId,
    mention: z.strictObject({
      id: z.string().min(1).max(512),
      channel: z.string().max(40),
      author: z.string().max(512).nullable(),
      text: z.string().max(20_000),
      url: z.string().max(2048).nullable(),
      occurredAt: Instant.nullable(),
      observedAt: Instant,
      recordedAt: Instant,
      engagement: z.number().nonnegative().nullable(),
      reach: z.number().nonnegative().nullable(),
    }),
    reason: z.string().max(500),
    /** A picture or page of it, by digest; in the room's evidence. */
    capture: Sha256Hex.nullable(),
  }),
  z.strictObject({
    type: z.literal('LogEntryAdded'),
    text: z.string().trim().min(1).max(4000),
    kind: z.enum(['note', 'decision']),
    /** When it happened, where that is not when it was written; then `lateReason` says why it comes late. */
    occurredAt: Instant.nullable(),
    lateReason: z.string().max(500).nullable(),
    /** Hash of the event that this one corrects. */
    corrects: Sha256Hex.nullable(),
  }),
]);
export type RecordEvent = z.infer<typeof RecordEvent>;

export const RoomEvent = z.discriminatedUnion('type', [
  ...AlarmEvent.options,
  ...IncidentEvent.options,
  ...StatementEvent.options,
  ...ClearanceEvent.options,
  ...PublicationEvent.options,
  ...RecordEvent.options,
]);
export type RoomEvent = z.infer<typeof RoomEvent>;

/** An event of a type or version that this program does not know: kept, shown as unknown, folds to nothing. */
export interface UnknownEvent {
  readonly type: 'Unknown';
  readonly name: string;
}

export type AnyRoomEvent = RoomEvent | UnknownEvent;

export interface RoomState {
  readonly alarm: Alarm;
  readonly incident: Incident;
  readonly statements: Statements;
  readonly clearances: Clearances;
  readonly publications: Publications;
  /** Who is in the room, and since when. */
  readonly present: Readonly<Record<string, Instant>>;
}

export const emptyRoom: RoomState = {
  alarm: noAlarm,
  incident: undeclared,
  statements: {},
  clearances: {},
  publications: {},
  present: {},
};

const alarmTypes = typesOf(AlarmEvent);
const incidentTypes = typesOf(IncidentEvent);
const statementTypes = typesOf(StatementEvent);
const clearanceTypes = typesOf(ClearanceEvent);
const publicationTypes = typesOf(PublicationEvent);

/** Reads an event's body. What does not fit its schema is unknown to us, and harmless. */
export function roomEventOf(type: string, body: unknown): AnyRoomEvent {
  const parsed = RoomEvent.safeParse({ ...(typeof body === 'object' ? body : {}), type });
  return parsed.success ? parsed.data : { type: 'Unknown', name: type };
}

/** Why the event does not count at this point of the log, or null when it does. Total and pure. */
export function judge(state: RoomState, recorded: Recorded<AnyRoomEvent>): Refusal | null {
  switch (recorded.verdict) {
    case 'counts':
      return null; // [PUB14]
    case 'beyond-cut':
      return { type: 'BeyondCut' };
    case 'forked':
      return { type: 'Forked' };
    case 'not-in-its-past':
      return judgeInOrder(state, recorded) ?? { type: 'NotInItsPast' };
    case undefined:
      return judgeInOrder(state, recorded);
  }
}

function judgeInOrder(state: RoomState, recorded: Recorded<AnyRoomEvent>): Refusal | null {
  const { event, actor } = recorded;
  if (event.type === 'Unknown') return { type: 'UnknownEvent', name: event.name };
  if (actor.kind === 'unknown') return { type: 'UnknownAuthor' };
  if (is(alarmTypes, recorded)) {
    // [ALM7] once people decided that it is an incident, watching is no answer any more, and nothing rings again
    const watches = recorded.event.type === 'WatchChosen' || recorded.event.type === 'WatchEnded';
    const decided = watches && state.incident.phase !== 'undeclared';
    return decided ? { type: 'AlreadyDeclared' } : judgeAlarm(state.alarm, recorded);
  }
  if (is(incidentTypes, recorded)) {
    const alarmT0 = state.alarm.phase === 'none' ? null : state.alarm.t0;
    return judgeIncident(state.incident, recorded, firstPublishedAt(state.publications), alarmT0);
  }
  if (is(statementTypes, recorded)) return whileOpen(state) ?? judgeStatement(state.statements, recorded);
  if (is(clearanceTypes, recorded)) {
    const closed = whileOpen(state);
    if (closed) return closed;
    const statement = statementOf(state.statements, recorded.event.statementId);
    return judgeClearance(chainOf(state), statement, state.clearances, recorded);
  }
  if (is(publicationTypes, recorded)) {
    // What was sent may have to be settled after the stand-down; only a beginning needs an open room.
    const closed = recorded.event.type === 'PublicationStarted' ? whileOpen(state) : null;
    return closed ?? judgePublication(chainOf(state), state.statements, state.clearances, state.publications, recorded);
  }
  return judgeRecord(recorded as Recorded<RecordEvent>);
}

/** Adds one event that counts. Total, and pure unless a fold says which records are its `owned` ones. */
export function evolve(state: RoomState, recorded: Recorded<AnyRoomEvent>, owned?: Owned): RoomState {
  if (is(alarmTypes, recorded)) return { ...state, alarm: evolveAlarm(state.alarm, recorded) };
  if (is(incidentTypes, recorded)) {
    const incident = evolveIncident(state.incident, recorded);
    if (recorded.event.type !== 'IncidentDeclared') return { ...state, incident };
    const by = recorded.actor.kind === 'operator' ? recorded.actor.operatorId : null;
    return { ...state, incident, alarm: answerAlarm(state.alarm, by, recorded.at) };
  }
  if (is(statementTypes, recorded))
    return { ...state, statements: evolveStatements(state.statements, recorded, owned) };
  if (is(clearanceTypes, recorded))
    return { ...state, clearances: evolveClearances(state.clearances, recorded, owned) };
  if (is(publicationTypes, recorded))
    return { ...state, publications: evolvePublications(state.publications, recorded, owned) };
  const { event } = recorded;
  if (event.type === 'OperatorJoined')
    return { ...state, present: { ...state.present, [event.operatorId]: recorded.at } };
  if (event.type === 'OperatorLeft') {
    const { [event.operatorId]: _left, ...present } = state.present;
    return { ...state, present };
  }
  return state;
}

/** A fold that can go on: the state so far, and the events that do not count, with the reason, by hash. */
export interface Folded {
  readonly state: RoomState;
  readonly voids: ReadonlyMap<Sha256Hex, Refusal>;
}

/** All facts -> state. The live screen, a late joiner, the replay and the verifier run this same fold. */
export function foldRoom(events: Iterable<Recorded<AnyRoomEvent>>, from: RoomState = emptyRoom): Folded {
  let state = from;
  const owned: Owned = new WeakSet();
  const voids = new Map<Sha256Hex, Refusal>();
  for (const recorded of events) {
    const reason = judge(state, recorded);
    if (reason) voids.set(recorded.hash, reason);
    else state = evolve(state, recorded, owned);
  }
  return { state, voids };
}

export function chainOf(state: RoomState) {
  return state.incident.phase === 'undeclared' ? [] : state.incident.chain;
}

export function isPresent(state: RoomState, operatorId: OperatorId): boolean {
  return Object.hasOwn(state.present, operatorId);
}

function whileOpen(state: RoomState): Refusal | null {
  if (state.incident.phase === 'undeclared') return { type: 'NotDeclared' };
  return state.incident.phase === 'open' ? null : { type: 'IncidentOver' };
}

function judgeRecord({ event, actor }: Recorded<RecordEvent>): Refusal | null {
  if (event.type !== 'LogEntryAdded' && event.type !== 'MentionPinned')
    return actor.kind === 'host' ? null : { type: 'HostOnly' };
  if (actor.kind !== 'operator' || !mayDo(actor.roles, 'keep-log')) return { type: 'NotAllowed', act: 'keep-log' };
  return null;
}

function typesOf<Event extends { type: string }>(
  union: {
    readonly options: readonly { readonly shape: { readonly type: { readonly value: Event['type'] } } }[];
  } & z.ZodType<Event>,
): { readonly names: ReadonlySet<string>; readonly _event?: Event } {
  return { names: new Set(union.options.map((option) => option.shape.type.value)) };
}

function is<Event extends AnyRoomEvent>(
  types: { readonly names: ReadonlySet<string>; readonly _event?: Event },
  recorded: Recorded<AnyRoomEvent>,
): recorded is Recorded<Event> {
  return types.names.has(recorded.event.type);
}
