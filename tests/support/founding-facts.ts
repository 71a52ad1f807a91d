import { OperatorId } from '../../shared/base/ids.ts';
import type { Role } from '../../shared/domain/roster/roles.ts';
import type { WorkspaceEvent } from '../../shared/domain/workspace/workspace.ts';
import { signerOf } from './log-fixtures.ts';

export const keyOf = (name: string) => signerOf(name).publicKey;
export const id = (name: string) => OperatorId.parse(name);

/** Ada founds Acme, with the key that has her name. */
export const acmeFounded: WorkspaceEvent = {
  type: 'WorkspaceCreated',
  organisation: 'Acme',
  demo: false,
  administrator: { operatorId: id('ada'), name: 'Ada' },
  hostKey: keyOf('host'),
  recoveryKey: keyOf('recovery'),
  restoreKey: keyOf('restore'),
};

/** Somebody new, with the key that has their name. */
export function personAdded(name: string, ...roles: readonly Role[]): readonly WorkspaceEvent[] {
  return [
    { type: 'OperatorAdded', operatorId: id(name), name },
    { type: 'KeyBound', key: keyOf(name), operatorId: id(name), custody: 'device' },
    ...roles.map((role): WorkspaceEvent => ({ type: 'RoleGranted', operatorId: id(name), role })),
  ];
}
