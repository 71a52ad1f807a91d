import type { Operator } from '../../shared/domain/workspace/workspace.ts';

/** With one administrator, a lost laptop shuts everybody out of changing the organisation; with two it does not. */
export function tooFewAdministrators(operators: readonly Operator[]): boolean {
  return operators.length > 0 && administratorsOf(operators).length < 2;
}

export function administratorsOf(operators: readonly Operator[]): readonly Operator[] {
  return operators.filter(({ revoked, roles }) => !revoked && roles.includes('administrator'));
}
