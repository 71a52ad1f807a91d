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

/** How long an alarm waits for a name before it goes to the next person. */
export const ESCALATE_AFTER_MS = 45_000;

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
  }),
]);
export type AlarmEvent = z.infer<typeof AlarmEvent>;

/*
 * none -- AlarmRaised --> ringing -- AlarmAcknowledged --> acknowledged
 *                            |  \-- AlarmEscalated --> ringing (next person)
 *                            \-- WatchChosen --> watching   (also from acknowledged)
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
    };

export const noAlarm: Alarm = { phase: 'none' };

/** Why the event does not count here, or null when it does. */
export function judgeAlarm(alarm: Alarm, recorded: Recorded<AlarmEvent>): Refusal | null {
  const { event, actor } = recorded;
  switch (event.type) {
    case 'SpikeDetected':
    case 'AlarmEscalated':
      if (actor.kind !== 'host') return { type: 'HostOnly' };
      break;
    case 'AlarmRaised':
      if (alarm.phase !== 'none') return { type: 'AlarmExists' }; // [ALM1] one alarm a room
      if (actor.kind === 'operator' && !mayDo(actor.roles, 'raise-alarm'))
        return { type: 'NotAllowed', act: 'raise-alarm' };
      if (actor.kind === 'operator' && event.cause !== 'person') return { type: 'HostOnly' }; // [ALM5]
      return event.t0 > recorded.at ? { type: 'T0TooLate' } : null; // [ALM6] a later T0 would be a later deadline
    case 'AlarmAcknowledged':
    case 'WatchChosen':
      if (actor.kind !== 'operator' || !mayDo(actor.roles, 'acknowledge-alarm'))
        return { type: 'NotAllowed', act: 'acknowledge-alarm' }; // [ALM2] by name
  }
  if (event.type === 'SpikeDetected') return null;
  if (alarm.phase === 'none' || alarm.alarmId !== event.alarmId) return { type: 'NoAlarm' };
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
    const called = { rung: 0, calledAt: at, acknowledgedBy: null, acknowledgedAt: null };
    return { phase: 'ringing', alarmId, cause, what, why, t0, raisedAt: at, ladder, ...called };
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
      };
  }
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
