import {
  type Clearance,
  clearanceOf,
  currentStep,
  delegateOf,
  mayTakeStep,
} from '../../../shared/domain/clearance/clearance.ts';
import { leadingStatement } from '../../../shared/domain/countdown/countdown.ts';
import type { StaffedStep } from '../../../shared/domain/incident/incident.ts';
import { chainOf, type RoomState } from '../../../shared/domain/room/room.ts';
import type { Operator } from '../../../shared/domain/workspace/workspace.ts';
import { latestRevision, type Revision, type Statement } from '../../../shared/domain/statement/statement.ts';

/** Where the sign-off of the room's text stands. */
export interface Standing {
  readonly statement: Statement;
  readonly revision: Revision;
  readonly chain: readonly StaffedStep[];
  readonly clearance: Clearance;
  /** The step whose turn it is; undefined when it was sent back or every step has cleared. */
  readonly turn: StaffedStep | undefined;
}

/** Of this text, or of the one that the countdown is about. Null while nothing was submitted. */
export function standingOf(
  state: RoomState,
  statement: Statement | undefined = leadingStatement(state),
): Standing | null {
  const revision = statement && latestRevision(statement);
  if (!statement || !revision) return null;
  const chain = chainOf(state);
  const clearance = clearanceOf(state.clearances, statement.statementId, revision.revision);
  const turn = clearance.sentBack ? undefined : currentStep(chain, clearance);
  return { statement, revision, chain, clearance, turn };
}

/** By which right this person may take the step whose turn it is. */
export type StepRight = 'role' | 'deputy' | 'delegate';

/** Null when it is not this person's turn. */
export function myRight({ turn, clearance }: Standing, me: Operator | null): StepRight | null {
  if (!me || !turn || !mayTakeStep(turn, clearance, me)) return null;
  if (clearance.approvals.some(({ by }) => by === me.operatorId)) return null; // nobody approves one revision twice
  if (delegateOf(clearance, turn.stepId) === me.operatorId) return 'delegate';
  return me.roles.includes(turn.role) ? 'role' : 'deputy';
}

/** People who can be handed the step: in the room's organisation, no observers, nobody who has approved already. */
export function possibleDelegates(
  { clearance }: Standing,
  operators: readonly Operator[],
  me: Operator | null,
): readonly Operator[] {
  return operators.filter(
    (operator) =>
      !operator.revoked &&
      operator.operatorId !== me?.operatorId &&
      !(operator.roles.length > 0 && operator.roles.every((role) => role === 'observer')) &&
      !clearance.approvals.some(({ by }) => by === operator.operatorId),
  );
}
