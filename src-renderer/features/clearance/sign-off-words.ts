import type { StaffedStep } from '../../../shared/domain/incident/incident.ts';
import type { StepRight, Standing } from './standing.ts';
import type { ShownStep } from './step-states.ts';

type NameOf = (operatorId: string) => string;

/** Who a step waits for: the delegate, else the people who hold it, else the role that nobody holds. */
export function stepPeople({ step, delegate }: Pick<ShownStep, 'step' | 'delegate'>, nameOf: NameOf): string {
  if (delegate !== undefined) return nameOf(delegate);
  if (step.holders.length === 0) return 'nobody holds this step';
  const names = step.holders.slice(0, 2).map(nameOf).join(' or ');
  return step.holders.length > 2 ? `${names} or ${step.holders.length - 2} more` : names;
}

/** "You are: Legal", with whose place it is where it is not one's own. */
export function rightWords(right: StepRight, step: StaffedStep, nameOf: NameOf): string {
  if (right === 'role') return step.name;
  const whose = step.holders.length > 0 ? step.holders.map(nameOf).join(' or ') : 'nobody in particular';
  return right === 'deputy'
    ? `${step.name}, as deputy of ${whose}`
    : `${step.name}, delegated to you, in place of ${whose}`;
}

/** What stands between this revision and the public, in one sentence. */
export function blockingWords(standing: Standing, nameOf: NameOf): string {
  const { clearance, turn, revision, chain } = standing;
  if (clearance.sentBack)
    return `Revision ${revision.revision} was sent back by ${clearance.sentBack.name}. A new revision must be submitted; every step then begins anew.`;
  if (!turn) return `Revision ${revision.revision} is cleared by every step. It, and only it, can be published.`;
  const people = stepPeople({ step: turn, delegate: clearance.delegates[turn.stepId] }, nameOf);
  const left = chain.length - clearance.approvals.length;
  const after = left > 1 ? ` ${left - 1} more after that.` : ' After that it can be published.';
  return `It waits for ${turn.name}: ${people}.${after}`;
}

/** What happens next, for somebody who has just approved. */
export function afterApproval(standing: Standing, nameOf: NameOf): string {
  const { revision, turn, clearance } = standing;
  if (clearance.sentBack) return blockingWords(standing, nameOf);
  if (!turn) return `You approved revision ${revision.revision}. It is cleared: it can be published now.`;
  const people = stepPeople({ step: turn, delegate: clearance.delegates[turn.stepId] }, nameOf);
  return `You approved revision ${revision.revision}. Next is ${turn.name}: ${people}.`;
}
