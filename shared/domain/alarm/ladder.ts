import type { OperatorId } from '../../base/ids.ts';
import type { Role } from '../roster/roles.ts';
import type { Operator, WorkspaceState } from '../workspace/workspace.ts';

/** Who hears of a storm first: whoever watches, then whoever writes. */
const ON_DUTY: readonly Role[] = ['social-lead', 'analyst', 'comms-lead', 'administrator'];

/** Who is called, in turn: the person on duty, their deputy, the incident commander. Nobody twice. */
export function alarmLadder(workspace: WorkspaceState): readonly OperatorId[] {
  const operators = Object.values(workspace.operators).filter((operator) => !operator.revoked);
  const onDuty = firstWithRole(operators, ON_DUTY);
  const commander = firstWithRole(operators, ['incident-commander', 'comms-lead', 'administrator']);
  const deputy = operators.find((operator) => operator.operatorId === onDuty?.deputyId);
  const ladder = [onDuty, deputy, commander].flatMap((operator) => (operator ? [operator.operatorId] : []));
  return [...new Set(ladder)];
}

function firstWithRole(operators: readonly Operator[], roles: readonly Role[]): Operator | undefined {
  for (const role of roles) {
    const operator = operators.find((one) => one.roles.includes(role));
    if (operator) return operator;
  }
  return undefined;
}
