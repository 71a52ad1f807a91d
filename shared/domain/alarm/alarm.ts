import { z } from 'zod';
import {
  type AlarmId,
  AlarmId as AlarmIdSchema,
  Instant,
  type OperatorId,
  OperatorId as OperatorIdSchema,
  WatchQueryId,
} from '../../base/ids.ts';
import type { Recorded } from '../roster/actor.ts';
import { mayDo } from '../roster/roles.ts';
import type { Refusal } from '../refusal/refusal.ts';
import { SpikeCalculation } from '../spike/calculation.ts';

/** How long an alarm waits for a name before it goes to the next person. */
export const ESCALATE_AFTER_MS = 45_000;

/** A decision to watch is for hours, never for days: after this somebody has to decide again. */
export const LONGEST_WATCH_MS = 24 * 60 * 60_000;

const Fact = z.strictObject({ label: z.string().max(200), value: z.string().max(500) });

export const AlarmEvent = z.discriminatedUnion('type', [
  /** The statistical fact, with what it was judged by, so that the replay can show the storm from before the alarm. */
  z.strictObject({
    type: z.literal('SpikeDetected'),
    watchQueryId: WatchQueryId,
    windowMs: z.int().positive(),
    observed: z.number().nonnegative(),
    expected: z.number().nonnegative(),
    lower: z.number().nonnegative(),
    upper: z.number().nonnegative(),
    score: z.number(),
    abnormalSince: Instant,
    sentence: z.string().max(1000),
    facts: z.array(Fact).max(20),
    /** What its rarity was computed from; a spike of an older version has none. */
    calculation: SpikeCalculation.optional(),
    history: z
      .array(
        z.strictObject({
          at: Instant,
          count: z.number(),
          expected: z.number(),
          lower: z.number(),
          upper: z.number(),
          negativeShare: z.number().nullable(),
        }),
      )
      .max(240),
  }),
  z.strictObject({
    type: z.literal('AlarmRaised'),
    alarmId: AlarmIdSchema,
    cause: z.enum(['spike', 'viral', 'person']),
    what: z.string().trim().min(1).max(300),
    why: z.string().max(1000),
    /** When the first abnormal mention reached us; for an alarm by a person, when it was raised. */
    t0: Instant,
    /** Who is called, in turn: the person on duty, the deputy, the incident commander. */
    ladder: z.array(OperatorIdSchema).max(8),
    /** It would have rung long ago, while nobody could hear it: it is shown and watched, and makes no sound. */
    isHistory: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('AlarmAcknowledged'), alarmId: AlarmIdSchema }),
  z.strictObject({
    type: z.literal('AlarmEscalated'),
    alarmId: AlarmIdSchema,
    to: OperatorIdSchema,
    /** Which rung of the ladder is called now, from 1. */
    rung: z.int().positive(),
  }),
  z.strictObject({
    type: z.literal('WatchChosen'),
    alarmId: AlarmIdSchema,
    reason: z.string().trim().min(1).max(1000),
    /** When it rings again by itself; absent or null: only when it gets worse. */
    until: Instant.nullable().optional(),
  }),
  /** The host says that the time of a watch is over, or that the storm got worse: the alarm rings again. */
  z.strictObject({
    type: z.literal('WatchEnded'),
    alarmId: AlarmIdSchema,
    why: z.enum(['time', 'worse']),
  }),
]);
export type AlarmEvent = z.infer<typeof AlarmEvent>;

/*
 * none -- AlarmRaised --> ringing -- AlarmAcknowledged --> acknowledged
 *                            |  \-- AlarmEscalated --> ringing (next person)
 *                            \-- WatchChosen --> watching   (also from acknowledged)
 * watching -- WatchEnded --> ringing, from the first rung (its time is over, or the storm got worse)
 * An alarm that comes as history begins in watching.
 * IncidentDeclared answers a ringing alarm too; after it nobody can choose to watch.
 */
export type Alarm =
  | { readonly phase: 'none' }
  | {
      readonly phase: 'ringing' | 'acknowledged' | 'watching';
      readonly alarmId: AlarmId;
      readonly cause: 'spike' | 'viral' | 'person';
      readonly what: string;
      readonly why: string;
      readonly t0: Instant;
      readonly raisedAt: Instant;
      readonly ladder: readonly OperatorId[];
      /** Index into `ladder` of whoever is called now. */
      readonly rung: number;
      /** When that person was called. */
      readonly calledAt: Instant;
      readonly acknowledgedBy: OperatorId | null;
      readonly acknowledgedAt: Instant | null;
      /** While watching: when it rings again by itself; null: only when it gets worse. */
      readonly watchUntil: Instant | null;
    };

export const noAlarm: Alarm = { phase: 'none' };

/** Why the event does not count here, or null when it does. */
export function judgeAlarm(alarm: Alarm, recorded: Recorded<AlarmEvent>): Refusal | null {
  const { event, actor } = recorded;
  switch (event.type) {
    case 'SpikeDetected':
    case 'AlarmEscalated':
    case 'WatchEnded': // [ALM12]
      if (actor.kind !== 'host') return { type: 'HostOnly' };
      break;
    case 'AlarmRaised':
      if (alarm.phase !== 'none') return { type: 'AlarmExists' }; // [ALM1] one alarm a room
      if (actor.kind === 'operator' && !mayDo(actor.roles, 'raise-alarm'))
        return { type: 'NotAllowed', act: 'raise-alarm' };
      if (actor.kind === 'operator' && (event.cause !== 'person' || event.isHistory === true))
        return { type: 'HostOnly' }; // [ALM5]
      return event.t0 > recorded.at ? { type: 'T0TooLate' } : null; // [ALM6] a later T0 would be a later deadline
    case 'AlarmAcknowledged':
    case 'WatchChosen':
      if (actor.kind !== 'operator' || !mayDo(actor.roles, 'acknowledge-alarm'))
        return { type: 'NotAllowed', act: 'acknowledge-alarm' }; // [ALM2] by name
  }
  if (event.type === 'SpikeDetected') return null;
  if (alarm.phase === 'none' || alarm.alarmId !== event.alarmId) return { type: 'NoAlarm' };
  if (event.type === 'WatchChosen' && !isFairWatch(event.until ?? null, recorded.at)) return { type: 'WatchTooLong' }; // [ALM11]
  if (event.type === 'WatchEnded') {
    const isDue = event.why === 'worse' || watchIsOver(alarm, recorded.at);
    return alarm.phase === 'watching' && isDue ? null : { type: 'NotWatching' }; // [ALM12]
  }
  if (event.type === 'AlarmAcknowledged' && alarm.acknowledgedBy !== null)
    return { type: 'AlreadyAcknowledged', by: alarm.acknowledgedBy, at: alarm.acknowledgedAt ?? alarm.raisedAt };
  if (event.type === 'AlarmEscalated' && (alarm.phase !== 'ringing' || event.rung !== alarm.rung + 1))
    return { type: 'AlreadyEscalated' }; // [ALM3] one rung at a time, only while nobody has answered
  return null;
}

export function evolveAlarm(alarm: Alarm, recorded: Recorded<AlarmEvent>): Alarm {
  const { event, at, actor } = recorded;
  if (event.type === 'AlarmRaised') {
    const { alarmId, cause, what, why, t0, ladder } = event;
    const phase = event.isHistory === true ? 'watching' : 'ringing'; // [ALM14]
    return { phase, alarmId, cause, what, why, t0, raisedAt: at, ladder, ...calledAnew(at) };
  }
  if (alarm.phase === 'none') return alarm;
  const by = actor.kind === 'operator' ? actor.operatorId : null;
  switch (event.type) {
    case 'SpikeDetected':
      return alarm;
    case 'AlarmAcknowledged':
      return { ...alarm, phase: 'acknowledged', acknowledgedBy: by, acknowledgedAt: at };
    case 'AlarmEscalated':
      return { ...alarm, rung: event.rung, calledAt: at };
    case 'WatchChosen': // [ALM4] deciding to watch answers the alarm
      return {
        ...alarm,
        phase: 'watching',
        acknowledgedBy: alarm.acknowledgedBy ?? by,
        acknowledgedAt: alarm.acknowledgedAt ?? at,
        watchUntil: event.until ?? null,
      };
    case 'WatchEnded': // [ALM13] nobody has answered what it is now
      return { ...alarm, phase: 'ringing', ...calledAnew(at) };
  }
}

/** Nobody has answered, and the first of the ladder is called. */
function calledAnew(at: Instant) {
  return { rung: 0, calledAt: at, acknowledgedBy: null, acknowledgedAt: null, watchUntil: null };
}

function isFairWatch(until: Instant | null, at: Instant): boolean {
  return until === null || (until > at && until - at <= LONGEST_WATCH_MS);
}

/** Whether a watch that was chosen until a time has come to it. */
export function watchIsOver(alarm: Alarm, now: Instant): boolean {
  return alarm.phase === 'watching' && alarm.watchUntil !== null && now >= alarm.watchUntil;
}

/** Whoever declares the incident has answered the alarm: nobody else is called for it. */
export function answerAlarm(alarm: Alarm, by: OperatorId | null, at: Instant): Alarm {
  if (alarm.phase !== 'ringing') return alarm;
  return { ...alarm, phase: 'acknowledged', acknowledgedBy: by, acknowledgedAt: at };
}

/** The next call that is due at `now`: 45 s without an answer, and somebody left to call. */
export function escalationDue(alarm: Alarm, now: Instant): { to: OperatorId; rung: number } | null {
  if (alarm.phase !== 'ringing' || now < alarm.calledAt + ESCALATE_AFTER_MS) return null;
  const rung = alarm.rung + 1;
  const to = alarm.ladder[rung];
  return to === undefined ? null : { to, rung };
}
