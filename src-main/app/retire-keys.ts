import type { OperatorId, PublicKeyHex } from '../../shared/base/ids.ts';
import type { BoundKey, WorkspaceEvent, WorkspaceState } from '../../shared/domain/workspace/workspace.ts';
import type { HighWater } from '../identity/high-water.ts';
import { cutsOf } from './renew-keys.ts';
import type { WorkspaceHost } from './workspace-host.ts';

/** Ends every key in force that fits, up to where it is known to have signed. */
export function retireKeys(
  founded: WorkspaceHost,
  highWater: HighWater,
  reason: string,
  fits: (bound: BoundKey) => boolean,
): readonly WorkspaceEvent[] {
  const logs = logsOf(founded);
  const { keys, hosts } = founded.workspace.state;
  const ended = Object.entries(keys).filter(([, bound]) => !bound.retired && fits(bound));
  // With its last key goes a machine's restore key, or whoever has the machine could give themselves new ones.
  const hostIds = new Set(ended.map(([, bound]) => bound.host));
  const left = Object.entries(keys).filter(([key, bound]) => !bound.retired && !ended.some(([one]) => one === key));
  const gone = [...hostIds].filter((hostId) => !left.some(([, bound]) => bound.host === hostId));
  const restoring = gone.flatMap((hostId) => hosts[hostId]?.restoreKey ?? []);
  return [...ended.map(([key]) => key as PublicKeyHex), ...restoring].map((key) => ({
    type: 'KeyRetired',
    key,
    reason,
    cuts: cutsOf(key, logs, highWater),
  }));
}

/** The machines that are somebody's own: they go with their access, and with them every key that they keep. */
export function desktopsOf({ hosts }: WorkspaceState, operatorId: OperatorId): ReadonlySet<PublicKeyHex> {
  return new Set(Object.values(hosts).flatMap((one) => (one.operatorId === operatorId ? [one.hostId] : [])));
}

/** Where a key stands in these now: nothing that it signs beyond counts, whatever time it claims. */
function logsOf(founded: WorkspaceHost) {
  const rooms = [...founded.warRoom.rooms.values()].map((book) => book.file.log);
  return [{ logId: 'workspace' as const, heads: () => founded.workspace.heads() }, ...rooms];
}
