import { err, ok } from '../../shared/base/result.ts';
import { hostOfKey } from '../../shared/domain/workspace/workspace.ts';
import type { HostEndpoints } from '../commands/endpoints.ts';
import { wireError } from '../commands/wire-errors.ts';
import { asAdministrator } from './administrators.ts';
import type { Reachable } from './enrolment.ts';
import type { HostContext, Sharing } from './host-context.ts';
import { retireKeys } from './retire-keys.ts';

/** The endpoints about the other machines of the workspace: one more, and one fewer. */
export function createMachineEndpoints(host: HostContext): Pick<HostEndpoints, 'hosts.enrol' | 'hosts.retire'> {
  return {
    'hosts.enrol': (caller, wish) => {
      const allowed = asAdministrator(host, caller);
      if (!allowed.ok) return allowed;
      return host.enrolment.issue(allowed.value.operatorId, wish, reachableBy(host.sharing));
    },
    'hosts.retire': (caller, { hostId, reason }) => {
      const allowed = asAdministrator(host, caller);
      if (!allowed.ok) return allowed;
      const { founded, signer } = allowed.value;
      const { state } = founded.workspace;
      if (!Object.hasOwn(state.hosts, hostId)) return err(noSuchHost);
      if (hostOfKey(state, host.keyRing.host().publicKey)?.hostId === hostId) return err(ownHostKept);
      const facts = retireKeys(founded, host.highWater, reason, (bound) => bound.host === hostId);
      if (facts.length > 0) founded.workspace.record(signer, facts);
      host.sessionChanged.emit(null);
      return ok({ done: true });
    },
  };
}

/** Where this host is reached by other machines; null while it is reached by nobody. */
function reachableBy(sharing: Sharing): Reachable | null {
  const url = sharing.url();
  if (url === null) return null;
  const urls = sharing.addresses?.() ?? [new URL(url).origin];
  return { urls, certificate: sharing.certificate?.() ?? null };
}

const noSuchHost = wireError(
  'NoSuchHost',
  'There is no such machine in this workspace. Reload, and choose one of the list.',
);
const ownHostKept = wireError(
  'OwnHost',
  'This is that machine: it cannot shut itself out, because what it signs would no longer count. Do it from another.',
);
