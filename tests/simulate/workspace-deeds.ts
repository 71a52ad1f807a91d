import { type OperatorId, type PublicKeyHex } from '../../shared/base/ids.ts';
import { Role } from '../../shared/domain/roster/roles.ts';
import type { WorkspaceEvent } from '../../shared/domain/workspace/workspace.ts';
import { cutsOf } from '../../src-main/app/renew-keys.ts';
import type { Draws } from '../fuzz/draws.ts';
import { PEOPLE } from './cast.ts';
import type { Process } from './host.ts';

/** Facts that an administrator's door would make of a wish, with what to call it. */
export interface WorkspaceDeed {
  readonly what: string;
  readonly facts: readonly WorkspaceEvent[];
}

/** Everything the keys signed that is held here, or known to have been signed here, counts; nothing beyond. */
export function retirementOf(process: Process, key: PublicKeyHex, reason: string): WorkspaceEvent {
  const logs = [process.workspaceLog, ...[...process.warRoom.rooms.values()].map(({ file }) => file.log)];
  return { type: 'KeyRetired', key, reason, cuts: cutsOf(key, logs, process.disk.highWater) };
}

/** As `people.revoke` does it. */
export function revocationOf(process: Process, operatorId: OperatorId): WorkspaceDeed {
  const { keys } = process.workspace.state;
  const theirs = Object.entries(keys).filter(([, bound]) => bound.operatorId === operatorId && !bound.retired);
  return {
    what: `revokes ${operatorId}`,
    facts: [
      { type: 'OperatorRevoked', operatorId },
      ...theirs.map(([key]) => retirementOf(process, key as PublicKeyHex, 'access revoked')),
    ],
  };
}

/** A lost or stolen machine: every key that it keeps. */
export function hostRetirementOf(process: Process, hostId: PublicKeyHex): WorkspaceDeed {
  const { keys } = process.workspace.state;
  const kept = Object.entries(keys).filter(([, bound]) => bound.host === hostId && !bound.retired);
  return {
    what: `retires the host ${hostId.slice(0, 6)}`,
    facts: kept.map(([key]) => retirementOf(process, key as PublicKeyHex, 'lost')),
  };
}

/** What an administrator does on an ordinary day, and on a bad one. */
export function drawWorkspaceDeed(draws: Draws, process: Process, spared: ReadonlySet<OperatorId>): WorkspaceDeed {
  const { state, history } = process.workspace;
  const operatorId = draws.pick(PEOPLE);
  const role = draws.pick(Role.options);
  const held = state.operators[operatorId]?.roles ?? [];
  const voids = [...history.voids].flatMap(([hash, reason]) => (reason === 'BeyondCut' ? [hash] : []));
  const revoked = Object.values(state.operators).filter((one) => one.revoked);
  return draws.weighted<() => WorkspaceDeed>([
    [5, () => ({ what: `grants ${role} to ${operatorId}`, facts: [{ type: 'RoleGranted', operatorId, role }] })],
    [
      4,
      () => {
        const taken = held.length > 0 ? draws.pick(held) : role;
        return {
          what: `withdraws ${taken} from ${operatorId}`,
          facts: [{ type: 'RoleWithdrawn', operatorId, role: taken }],
        };
      },
    ],
    [
      2,
      () => {
        const deputyId = draws.pick(PEOPLE);
        return {
          what: `makes ${deputyId} deputy of ${operatorId}`,
          facts: [{ type: 'DeputyAssigned', operatorId, deputyId }],
        };
      },
    ],
    [spared.has(operatorId) ? 0 : 2, () => revocationOf(process, operatorId)],
    [revoked.length > 0 ? 3 : 0, () => reinstatement()],
    [voids.length > 0 ? 4 : 1, () => reaffirmation()],
  ])();

  function reinstatement(): WorkspaceDeed {
    const { operatorId: back } = draws.pick(revoked);
    return { what: `reinstates ${back}`, facts: [{ type: 'OperatorReinstated', operatorId: back }] };
  }

  /** Of the organisation's own log, or what stands void in a room. */
  function reaffirmation(): WorkspaceDeed {
    const inRooms = [...process.warRoom.rooms.values()].flatMap(({ file, events }) =>
      events.flatMap(({ hash, verdict }) => (verdict === 'beyond-cut' ? [{ log: file.roomId, hash }] : [])),
    );
    const all = [...voids.map((hash) => ({ log: 'workspace', hash })), ...inRooms];
    if (all.length === 0) return { what: 'has nothing to reaffirm', facts: [] };
    const chosen = draws.pick(all);
    return { what: `reaffirms ${chosen.hash.slice(0, 6)}`, facts: [{ type: 'EventReaffirmed', ...chosen }] };
  }
}

/** Whether all of it would be taken from this key, one after the other: what the door asks before. */
export function isAllowed(process: Process, key: PublicKeyHex, facts: readonly WorkspaceEvent[]): boolean {
  return process.workspace.refusalOf(key, facts) === null;
}
