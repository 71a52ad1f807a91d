import { OperatorId, type PublicKeyHex, WatchQueryId } from '../../../shared/base/ids.ts';
import type { WorkspaceEvent } from '../../../shared/domain/workspace/workspace.ts';
import type { Signer } from '../../../shared/log/signing.ts';
import { type Founding, foundingEvents } from '../../../src-main/commands/founding.ts';
import type { Signers } from '../../../src-main/commands/ports.ts';
import { signerOf } from '../../support/log-fixtures.ts';

// Four people, whose keys the founder's host keeps, and three machines: with that host's own key, five authors.

export type Machine = 'founder' | 'relay' | 'desktop';

export const ADA = OperatorId.parse('ada');
export const CORA = OperatorId.parse('cora');
export const WIM = OperatorId.parse('wim');
export const PEOPLE: readonly OperatorId[] = [ADA, CORA, OperatorId.parse('lea'), WIM];

export const WATCH = WatchQueryId.parse('benchmark');

const made = new Map<string, Signer>();
const hostSigner = (machine: Machine): Signer => signerNamed(`host ${machine}`);
const personSigner = (operatorId: OperatorId): Signer => signerNamed(`person ${operatorId}`);

export function hostKeyOf(machine: Machine): PublicKeyHex {
  return hostSigner(machine).publicKey;
}

/** Made once, as a key ring does: making a key takes longer than signing with it. */
function signerNamed(name: string): Signer {
  const signer = made.get(name) ?? signerOf(name);
  made.set(name, signer);
  return signer;
}

/** The keys that a machine keeps; nobody's is on two. */
export function signersOf(machine: Machine): Signers {
  return {
    host: () => hostSigner(machine),
    holds: () => machine === 'founder',
    operator: personSigner,
  };
}

/** The beginning of the workspace, with all three machines in it. */
export function beginning(): readonly WorkspaceEvent[] {
  return [
    ...foundingEvents(
      FOUNDING,
      {
        host: hostKeyOf('founder'),
        recovery: signerOf('recovery').publicKey,
        restore: signerOf('restore founder').publicKey,
        of: (operatorId) => personSigner(operatorId).publicKey,
      },
      { channels: [], playbooks: [] },
    ),
    enrolled('relay'),
    enrolled('desktop'),
  ];
}

function enrolled(machine: Machine): WorkspaceEvent {
  return {
    type: 'HostEnrolled',
    inviteId: `invite-${machine}`,
    name: machine,
    hostKey: hostKeyOf(machine),
    restoreKey: signerOf(`restore ${machine}`).publicKey,
    desktop: null,
  };
}

const FOUNDING: Founding = {
  organisation: 'Benchmark',
  demo: false,
  people: [
    { operatorId: ADA, name: 'Ada', roles: ['administrator', 'incident-commander'], deputyId: null },
    ...PEOPLE.slice(1).map((operatorId) => ({
      operatorId,
      name: operatorId,
      roles: ['comms-lead'] as const,
      deputyId: null,
    })),
  ],
  watch: [{ watchQueryId: WATCH, name: 'Benchmark', query: 'benchmark' }],
  chain: ['comms-lead'],
};
