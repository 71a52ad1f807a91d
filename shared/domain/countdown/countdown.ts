import type { Instant, OperatorId } from '../../base/ids.ts';
import { clearanceOf, currentStep, delegateOf, isCleared } from '../clearance/clearance.ts';
import { BUDGET_MS, type Complexity, deadlineOf } from '../incident/incident.ts';
import { firstPublishedAt } from '../publication/publication.ts';
import type { Role } from '../roster/roles.ts';
import type { RoomState } from '../room/room.ts';
import { latestRevision, type Statement } from '../statement/statement.ts';

export type Stage = 'acknowledge' | 'triage' | 'draft' | 'check' | 'clear' | 'publish';

/** Of 5:00; a complex incident has twice of each. */
const BUDGETS: readonly (readonly [Stage, number])[] = [
  ['acknowledge', 45_000],
  ['triage', 30_000],
  ['draft', 105_000],
  ['check', 20_000],
  ['clear', 85_000],
  ['publish', 15_000],
];

export interface StagePlan {
  readonly stage: Stage;
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * The stage budgets divided anew over the time that is left when the alarm goes: what was gone before it is gone for
 * every stage alike. An alarm after the deadline leaves stages of no length.
 */
export function planStages(input: { t0: Instant; alarmAt: Instant; complexity: Complexity }): readonly StagePlan[] {
  const whole = BUDGET_MS[input.complexity];
  const deadline = input.t0 + whole;
  const start = Math.min(Math.max(input.alarmAt, input.t0), deadline);
  const share = (deadline - start) / BUDGET_MS.simple;
  let at = start;
  return BUDGETS.map(([stage, budget]) => {
    const from = at;
    at += budget * share;
    return { stage, from: Math.round(from) as Instant, to: Math.round(at) as Instant };
  });
}

/** Who must act now: named people, or whoever holds a role. */
export interface Baton {
  readonly operatorIds: readonly OperatorId[];
  readonly roles: readonly Role[];
}

/** Everything the top bar shows, derived from the log and one moment, never stored. */
export interface Countdown {
  readonly t0: Instant;
  readonly deadline: Instant;
  readonly complexity: Complexity;
  /** Negative after the deadline. Frozen when the first statement was out, or when the incident ended. */
  readonly remainingMs: number;
  readonly phase: 'running' | 'met' | 'late' | 'ended';
  /** How much of the time was gone when the alarm went. */
  readonly goneBeforeAlarmMs: number;
  readonly stages: readonly StagePlan[];
  readonly stage: Stage | 'done';
  /** What is left of the current stage's budget; negative when it is overrun. */
  readonly stageRemainingMs: number;
  readonly baton: Baton;
}

/** The countdown at `now`, or null while there is neither an alarm nor an incident. */
export function countdownAt(state: RoomState, now: Instant): Countdown | null {
  const { alarm, incident } = state;
  const t0 = incident.phase === 'undeclared' ? (alarm.phase === 'none' ? null : alarm.t0) : incident.t0;
  if (t0 === null) return null;
  const complexity = incident.phase === 'undeclared' ? 'simple' : incident.complexity;
  const alarmAt = alarm.phase === 'none' ? t0 : alarm.raisedAt;
  const deadline = deadlineOf({ t0, complexity });
  const published = firstPublishedAt(state.publications);
  const endedAt = incident.phase === 'undeclared' ? null : incident.endedAt;
  const watchedAt = incident.phase === 'undeclared' && alarm.phase === 'watching' ? alarm.acknowledgedAt : null;
  const stopped = published ?? endedAt ?? watchedAt;
  const stages = planStages({ t0, alarmAt, complexity });
  const stage = stageAt(state, now, stages, stopped !== null);
  const plan = stages.find((one) => one.stage === stage);
  return {
    t0,
    deadline,
    complexity,
    remainingMs: deadline - (stopped ?? now),
    phase: published !== null ? (published <= deadline ? 'met' : 'late') : stopped !== null ? 'ended' : 'running',
    goneBeforeAlarmMs: Math.max(0, alarmAt - t0),
    stages,
    stage,
    stageRemainingMs: plan ? plan.to - now : 0,
    baton: batonAt(state, stage),
  };
}

/** The stage goes by what was done, not by the time; only draft turns into check by its budget, having no act between. */
function stageAt(state: RoomState, now: Instant, stages: readonly StagePlan[], over: boolean): Stage | 'done' {
  if (over) return 'done';
  const { alarm, incident } = state;
  if (incident.phase === 'undeclared') return alarm.phase === 'ringing' ? 'acknowledge' : 'triage';
  const statement = leadingStatement(state);
  const revision = statement && latestRevision(statement);
  if (!statement || !revision) return beforeSubmission(now, stages);
  const clearance = clearanceOf(state.clearances, statement.statementId, revision.revision);
  if (clearance.sentBack) return beforeSubmission(now, stages);
  return isCleared(incident.chain, clearance) ? 'publish' : 'clear';
}

function beforeSubmission(now: Instant, stages: readonly StagePlan[]): Stage {
  const check = stages.find((one) => one.stage === 'check');
  return check && now >= check.from ? 'check' : 'draft';
}

/** The text that the countdown is about: the first statement of the room. */
export function leadingStatement(state: RoomState): Statement | undefined {
  let first: Statement | undefined;
  for (const statement of Object.values(state.statements))
    if (!first || statement.startedAt < first.startedAt) first = statement;
  return first;
}

function batonAt(state: RoomState, stage: Stage | 'done'): Baton {
  const { alarm, incident } = state;
  switch (stage) {
    case 'acknowledge': {
      const called = alarm.phase === 'none' ? undefined : alarm.ladder[alarm.rung];
      return { operatorIds: called ? [called] : [], roles: [] };
    }
    case 'triage': {
      const by = alarm.phase === 'none' ? null : alarm.acknowledgedBy;
      return { operatorIds: by ? [by] : [], roles: by ? [] : ['incident-commander'] };
    }
    case 'draft':
    case 'check':
      return { operatorIds: [], roles: ['comms-lead', 'writer'] };
    case 'clear': {
      const statement = leadingStatement(state);
      const revision = statement && latestRevision(statement);
      if (!statement || !revision || incident.phase === 'undeclared') return { operatorIds: [], roles: [] };
      const clearance = clearanceOf(state.clearances, statement.statementId, revision.revision);
      const step = currentStep(incident.chain, clearance);
      if (!step) return { operatorIds: [], roles: [] };
      const delegate = delegateOf(clearance, step.stepId);
      return { operatorIds: delegate ? [delegate] : step.holders, roles: [step.role] };
    }
    case 'publish':
      return { operatorIds: [], roles: ['social-lead', 'comms-lead'] };
    case 'done':
      return { operatorIds: [], roles: [] };
  }
}
