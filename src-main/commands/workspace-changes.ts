import { OperatorId, type PublicKeyHex, WatchQueryId } from '../../shared/base/ids.ts';
import { assertNever } from '../../shared/base/invariant.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { operatorOf, type WorkspaceEvent, type WorkspaceState } from '../../shared/domain/workspace/workspace.ts';
import type { WorkspaceChange } from '../../shared/protocol/endpoints.ts';
import type { WireError } from '../../shared/protocol/wire.ts';
import { idFromName, personEvents } from './founding.ts';
import { wireError } from './wire-errors.ts';

/** A wish about the organisation -> the facts it would become. Whether the caller may is asked before. */
export function planWorkspaceChange(
  change: WorkspaceChange,
  state: WorkspaceState,
  newKeyOf: (operatorId: OperatorId) => PublicKeyHex,
): Result<readonly WorkspaceEvent[], WireError> {
  switch (change.type) {
    case 'addOperator': {
      const operatorId = OperatorId.parse(idFromName(change.name, new Set(Object.keys(state.operators))));
      return ok(personEvents({ operatorId, name: change.name, roles: change.roles }, newKeyOf(operatorId)));
    }
    case 'grantRole': {
      const { operatorId, role } = change;
      if (!operatorOf(state, operatorId)) return err(noSuchPerson);
      return ok([{ type: 'RoleGranted', operatorId, role }]);
    }
    case 'withdrawRole': {
      const { operatorId, role } = change;
      if (role === 'administrator' && isLastAdministrator(state, operatorId)) return err(lastAdministrator);
      return ok([{ type: 'RoleWithdrawn', operatorId, role }]);
    }
    case 'assignDeputy': {
      const { operatorId, deputyId } = change;
      if (!operatorOf(state, operatorId) || !operatorOf(state, deputyId)) return err(noSuchPerson);
      if (operatorId === deputyId)
        return err(wireError('OwnDeputy', 'Nobody can be their own deputy. Choose somebody else.'));
      return ok([{ type: 'DeputyAssigned', operatorId, deputyId }]);
    }
    case 'addWatchQuery': {
      const taken = new Set(state.watchQueries.map((query) => query.watchQueryId as string));
      const watchQueryId = change.watchQueryId ?? WatchQueryId.parse(idFromName(change.name, taken));
      return ok([{ type: 'WatchQueryAdded', watchQueryId, name: change.name, terms: change.terms }]);
    }
    case 'saveChannel':
      return ok([{ type: 'ChannelSaved', channel: change.channel }]);
    case 'savePlaybook':
      return ok([{ type: 'PlaybookSaved', playbook: change.playbook }]);
    default:
      return assertNever(change);
  }
}

const noSuchPerson = wireError('NoSuchPerson', 'There is no such person here. Add them first.');

export const lastAdministrator = wireError(
  'LastAdministrator',
  'This is the only administrator. Make somebody else administrator first, or nobody could change anything again.',
);

export function isLastAdministrator(state: WorkspaceState, operatorId: OperatorId): boolean {
  const inForce = Object.values(state.operators).filter((one) => !one.revoked && one.roles.includes('administrator'));
  return inForce.length === 1 && inForce[0]?.operatorId === operatorId;
}
