import type { OperatorId } from '../../shared/base/ids.ts';
import type { Operator } from '../../shared/domain/workspace/workspace.ts';
import type { WorkspaceBook } from '../commands/workspace-book.ts';

/**
 * Makes a change of the roster felt at once by whoever is connected, wherever it was signed: a revoked person's
 * connections end, and whoever has other roles is judged anew.
 */
export function watchRoster(
  workspace: WorkspaceBook,
  on: {
    revoked(operatorId: OperatorId): void;
    changed(operatorId: OperatorId): void;
    onFailure(what: string, cause: unknown): void;
  },
): void {
  let known = workspace.state.operators;
  workspace.changed.listen(({ operators }) => {
    const before = known;
    known = operators;
    if (before === operators) return;
    for (const operator of Object.values(operators)) {
      const earlier = before[operator.operatorId];
      if (!earlier || earlier === operator) continue;
      try {
        if (operator.revoked && !earlier.revoked) on.revoked(operator.operatorId);
        else if (!hasSameRoles(earlier, operator)) on.changed(operator.operatorId);
      } catch (cause) {
        on.onFailure('ending connections', cause);
      }
    }
  });
}

function hasSameRoles(one: Operator, other: Operator): boolean {
  return one.roles.length === other.roles.length && one.roles.every((role) => other.roles.includes(role));
}
