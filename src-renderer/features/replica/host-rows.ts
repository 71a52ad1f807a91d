import type { PublicKeyHex } from '../../../shared/base/ids.ts';
import type { EnrolledHost } from '../../../shared/domain/workspace/workspace.ts';
import type { ReplicaPeerView, ReplicaView } from '../../../shared/protocol/views.ts';

/** One machine of the workspace as the lists show it. */
export interface HostRow {
  readonly hostId: PublicKeyHex;
  readonly name: string;
  /** Whose desktop it is; null for a relay and for the machine that founded the workspace. */
  readonly operatorId: EnrolledHost['operatorId'];
  readonly kind: 'desktop' | 'relay' | 'founder' | 'unknown';
  readonly isSelf: boolean;
  /** Its keys count no more, and it is not let in. */
  readonly retired: boolean;
  /** Null for this machine, and for one that nothing is known of. */
  readonly peer: ReplicaPeerView | null;
}

/** This machine first, then those that are in touch, then the others; by name among themselves. */
export function hostRows({ self, hosts, peers }: ReplicaView): readonly HostRow[] {
  const enrolled = hosts.map((host): HostRow => ({
    hostId: host.hostId,
    name: host.name,
    operatorId: host.operatorId,
    kind: host.isFounder ? 'founder' : host.operatorId === null ? 'relay' : 'desktop',
    isSelf: host.hostId === self?.hostId,
    retired: host.retired,
    peer: peers.find(({ hostId }) => hostId === host.hostId) ?? null,
  }));
  // While a first join runs, the other machine is known before its enrolment has come.
  const unknown = peers
    .filter(({ hostId }) => !hosts.some((host) => host.hostId === hostId))
    .map((peer): HostRow => {
      const { hostId, name } = peer;
      return { hostId, name, operatorId: null, kind: 'unknown', isSelf: false, retired: false, peer };
    });
  return [...enrolled, ...unknown].sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
}

function rank({ isSelf, retired, peer }: HostRow): number {
  if (isSelf) return 0;
  if (retired) return 4;
  return peer?.state === 'connected' ? 1 : peer ? 2 : 3;
}
