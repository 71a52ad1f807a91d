import type { OperatorId, PublicKeyHex } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { mayChangeWorkspace, operatorOf, type WorkspaceEvent } from '../../shared/domain/workspace/workspace.ts';
import type { AppendContext, EventLog } from '../../shared/log/event-log.ts';
import { createWorkspaceHistory } from '../../shared/log/workspace-history.ts';
import { authorsBehind } from '../../shared/log/behind.ts';
import type { Clock } from '../commands/ports.ts';
import type { HighWater } from '../identity/high-water.ts';
import type { KeyStore } from '../identity/key-store.ts';
import { ownHost } from './own-host.ts';
import { cutsOf } from './renew-keys.ts';

/**
 * Brings an administrator back with the printed recovery key, when none is left who could: the revocation is taken back,
 * the role given, and a new key bound that this host keeps; those it kept for them before are retired. Says who it is.
 *
 * The recovery key is an author like any other: used on two machines that are apart, it would fork. So it signs here only
 * where this machine holds all that it is known to have signed.
 */
export function recoverAdministrator(
  operatorId: OperatorId,
  printed: string,
  deps: {
    readonly workspaceLog: EventLog;
    readonly roomLogs: readonly EventLog[];
    readonly keys: KeyStore;
    readonly highWater: HighWater;
    readonly clock: Clock;
    readonly salt: AppendContext['salt'];
  },
): Result<{ readonly operatorId: OperatorId; readonly name: string }, string> {
  const { workspaceLog, roomLogs, keys, highWater, clock, salt } = deps;
  const { state } = createWorkspaceHistory(workspaceLog.read());
  const signer = keys.recoverySigner(printed, state.recoveryKey);
  if (!signer.ok) return err('This is not the recovery key of this workspace. Check every group of it.');
  const operator = operatorOf(state, operatorId);
  if (!operator) return err(`There is no person "${operatorId}" here.`);
  const behind = authorsBehind(workspaceLog.heads(), highWater.marks('workspace'));
  if (behind.some(({ author }) => author === signer.value.publicKey))
    return err('This folder is behind what the recovery key has signed already. Bring back a newer copy of it.');
  const self = ownHost(state, keys);
  if (!self)
    return err('This folder is not known to be a machine of this workspace, so it cannot keep a key. Join first.');
  const { hostId, isFounder } = self;
  const isOwnDesktop = self.operatorId === operatorId;
  const { current } = keys.rotate(isOwnDesktop ? { device: operatorId } : { operatorId });
  const logs = [workspaceLog, ...roomLogs];
  const keptHere = Object.entries(state.keys).flatMap(([key, bound]) =>
    bound.host === hostId && bound.operatorId === operatorId && !bound.retired ? [key as PublicKeyHex] : [],
  );
  const facts: readonly WorkspaceEvent[] = [
    ...(operator.revoked ? [{ type: 'OperatorReinstated', operatorId } as const] : []),
    ...(operator.roles.includes('administrator')
      ? []
      : [{ type: 'RoleGranted', operatorId, role: 'administrator' } as const]),
    {
      type: 'KeyBound',
      key: current.publicKey,
      operatorId,
      custody: isOwnDesktop ? 'device' : 'host',
      ...(isFounder ? {} : { host: hostId }),
    },
    ...keptHere.map((key): WorkspaceEvent => ({
      type: 'KeyRetired',
      key,
      reason: 'recovered',
      cuts: cutsOf(key, logs, highWater),
    })),
  ];
  if (!facts.every((fact) => mayChangeWorkspace(state, signer.value.publicKey, fact)))
    return err('The recovery key may not do that in this workspace.');
  const drafts = facts.map(({ type, ...body }) => ({ type, body }));
  workspaceLog.append(signer.value, drafts, { now: clock.now(), salt, workspaceHeads: [] });
  return ok({ operatorId, name: operator.name });
}
