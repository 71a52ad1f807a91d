import { clearanceOf, currentStep, mayTakeStep } from '../../shared/domain/clearance/clearance.ts';
import { leadingStatement } from '../../shared/domain/countdown/countdown.ts';
import type { StaffedStep } from '../../shared/domain/incident/incident.ts';
import { chainOf, type RoomState } from '../../shared/domain/room/room.ts';
import type { Operator } from '../../shared/domain/workspace/workspace.ts';
import { latestRevision } from '../../shared/domain/statement/statement.ts';

export interface MyStep {
  readonly step: StaffedStep;
  /** Names this request; a new revision asks again, by another name. */
  readonly asked: string;
}

/** The sign-off step that waits for this person. */
export function myStep(state: RoomState, me: Operator | null | undefined): MyStep | null {
  const statement = leadingStatement(state);
  const revision = statement && latestRevision(statement);
  if (!me || !statement || !revision || state.incident.phase !== 'open') return null;
  const clearance = clearanceOf(state.clearances, statement.statementId, revision.revision);
  if (clearance.sentBack) return null;
  const step = currentStep(chainOf(state), clearance);
  if (!step || !mayTakeStep(step, clearance, me)) return null;
  // Who has approved this revision already cannot approve it for another step.
  if (clearance.approvals.some((approval) => approval.by === me.operatorId)) return null;
  // While somebody else was asked by name, whoever merely could is not pulled out of the text.
  const delegate = clearance.delegates[step.stepId];
  if (delegate !== undefined && delegate !== me.operatorId) return null;
  return { step, asked: `${statement.statementId}/${String(revision.revision)}/${step.stepId}/${me.operatorId}` };
}
