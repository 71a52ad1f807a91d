import type { OperatorId } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Act } from '../../shared/domain/roster/roles.ts';
import type { Signer } from '../../shared/log/signing.ts';
import type { WireError } from '../../shared/protocol/wire.ts';
import { notFounded, refusalToAct } from '../commands/endpoints.ts';
import type { Caller } from '../commands/ports.ts';
import { keyElsewhere, wireError } from '../commands/wire-errors.ts';
import type { HostContext } from './host-context.ts';
import type { WorkspaceHost } from './workspace-host.ts';

/** Somebody who may do it, with the key that signs it. */
export interface Allowed {
  readonly founded: WorkspaceHost;
  readonly operatorId: OperatorId;
  readonly signer: Signer;
}

/** Whether this caller may do this to the organisation, and can sign it here. */
export function allowedTo(
  host: Pick<HostContext, 'founded' | 'keyRing'>,
  caller: Caller,
  act: Act,
): Result<Allowed, WireError> {
  const founded = host.founded();
  const refusal = refusalToAct(founded, caller, act);
  if (refusal || !founded || !caller.operatorId) return err(refusal ?? notFounded);
  const { operatorId } = caller;
  if (!host.keyRing.holds(operatorId)) return err(caller.door === 'local' ? noAdministratorsKey : keyElsewhere);
  return ok({ founded, operatorId, signer: host.keyRing.operator(operatorId) });
}

export function asAdministrator(
  host: Pick<HostContext, 'founded' | 'keyRing'>,
  caller: Caller,
): Result<Allowed, WireError> {
  return allowedTo(host, caller, 'administer');
}

const noAdministratorsKey = wireError(
  'NoAdministratorsKey',
  "No administrator's key is kept on this machine, so nobody can be let in or shut out here. Do it where one is.",
);
