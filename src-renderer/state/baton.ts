import type { OperatorId } from '../../shared/base/ids.ts';
import type { Baton } from '../../shared/domain/countdown/countdown.ts';
import { roleLabel } from '../../shared/domain/roster/roles.ts';
import type { Operator } from '../../shared/domain/workspace/workspace.ts';

/** The people who may act now: those named, else everybody who holds one of the roles. */
export function batonHolders(baton: Baton, operators: readonly Operator[]): readonly Operator[] {
  const working = operators.filter((operator) => !operator.revoked);
  const named = working.filter((operator) => baton.operatorIds.includes(operator.operatorId));
  if (named.length > 0) return named;
  return working.filter((operator) => operator.roles.some((role) => baton.roles.includes(role)));
}

/** Whose turn it is, in words: `Ana Ruiz`, `Ana Ruiz or Ben Okafor`, `Legal (nobody holds this role)`. */
export function batonWords(baton: Baton, operators: readonly Operator[], nameOf: (id: OperatorId) => string): string {
  const holders = batonHolders(baton, operators);
  if (holders.length > 0) {
    const names = holders.slice(0, 2).map((operator) => nameOf(operator.operatorId));
    const more = holders.length - names.length;
    return more > 0 ? `${names.join(', ')} or ${more} more` : names.join(' or ');
  }
  const [role] = baton.roles;
  return role ? `${roleLabel(role)} (nobody holds this role)` : 'nobody';
}

export function isWith(baton: Baton, operator: Operator | null | undefined, operators: readonly Operator[]): boolean {
  return !!operator && batonHolders(baton, operators).some(({ operatorId }) => operatorId === operator.operatorId);
}
