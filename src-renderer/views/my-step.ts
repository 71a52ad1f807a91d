import type { StatementId } from '../../shared/base/ids.ts';
import { clearanceOf, currentStep, mayTakeStep } from '../../shared/domain/clearance/clearance.ts';
import type { StaffedStep } from '../../shared/domain/incident/incident.ts';
import { chainOf, type RoomState } from '../../shared/domain/room/room.ts';
import type { Operator } from '../../shared/domain/workspace/workspace.ts';
import { latestRevision, type Statement } from '../../shared/domain/statement/statement.ts';

export interface MyStep {
  readonly statementId: StatementId;
  readonly step: StaffedStep;
  /** Names this request; a new revision asks again, by another name. */
  readonly asked: string;
}

/** The sign-off step that waits for this person: of the text begun first, where several wait. */
export function myStep(state: RoomState, me: Operator | null | undefined): MyStep | null {
  if (!me || state.incident.phase !== 'open') return null;
  const texts = Object.values(state.statements).sort((one, other) => one.startedAt - other.startedAt);
  for (const statement of texts) {
    const step = stepOf(state, statement, me);
    if (step) return step;
  }
  return null;
}

function stepOf(state: RoomState, statement: Statement, me: Operator): MyStep | null {
  const { statementId } = statement;
  const revision = latestRevision(statement);
  if (!revision) return null;
  const clearance = clearanceOf(state.clearances, statementId, revision.revision);
  if (clearance.sentBack) return null;
  const step = currentStep(chainOf(state), clearance);
  if (!step || !mayTakeStep(step, clearance, me)) return null;
  // Who has approved this revision already cannot approve it for another step.
  if (clearance.approvals.some((approval) => approval.by === me.operatorId)) return null;
  // While somebody else was asked by name, whoever merely could is not pulled out of the text.
  const delegate = clearance.delegates[step.stepId];
  if (delegate !== undefined && delegate !== me.operatorId) return null;
  const asked = `${statementId}/${String(revision.revision)}/${step.stepId}/${me.operatorId}`;
  return { statementId, step, asked };
}
