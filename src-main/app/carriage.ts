import type { OperatorId, PublicKeyHex } from '../../shared/base/ids.ts';
import { mayDo, type Role } from '../../shared/domain/roster/roles.ts';
import type { WorkspaceEvent } from '../../shared/domain/workspace/workspace.ts';
import type { WorkspaceHistory } from '../../shared/log/workspace-history.ts';
import { readWorkspaceEvent } from '../../shared/log/workspace-judgement.ts';

/** Who may bring words into the texts, and whose. */
export interface Carriage {
  /** Whether this key was ever a host's. */
  isHost(key: PublicKeyHex): boolean;
  /**
   * Whether a host may bring what this person wrote. A desktop speaks for the person whose it is; an administrator's
   * may have served others, as the founder's host and relays do.
   */
  mayCarry(author: PublicKeyHex, operatorId: OperatorId): boolean;
}

/**
 * Whoever once might bring words may for ever, whatever becomes of them or of whoever gave them the right. A text cannot
 * give back what one host has taken, and what honest people wrote since rests on it: so what one host takes all others
 * must, in whatever order they hear of things. A right counts if it did by what its giver knew, and nothing that comes
 * later changes that.
 *
 * So no revocation keeps late words out. It ends connections: an honest host lets nobody type who may not by what it
 * knows, and every word names who brought it.
 */
export function createCarriage(history: WorkspaceHistory): Carriage {
  /** Of each key of a host, which one that is: more than one where somebody lied. */
  const hostsOfKey = new Map<PublicKeyHex, Set<PublicKeyHex>>();
  /** Whose each host is; null is nobody's. */
  const ownersOfHost = new Map<PublicKeyHex, Set<OperatorId | null>>();
  const rolesOfOperator = new Map<OperatorId, Set<Role>>();
  let founder: PublicKeyHex | null = null;
  let heardOf = 0;

  function hear(): void {
    const { heard } = history;
    for (const stored of heard.slice(heardOf)) {
      const { event } = readWorkspaceEvent(stored);
      if (event !== null && isGrant(event) && history.countedInItsPast(stored.hash)) learn(event);
    }
    heardOf = heard.length;
  }

  function learn(event: Grant): void {
    switch (event.type) {
      case 'WorkspaceCreated':
        founder ??= event.hostKey;
        add(hostsOfKey, event.hostKey, event.hostKey);
        add(ownersOfHost, event.hostKey, null);
        add(rolesOfOperator, event.administrator.operatorId, 'administrator');
        break;
      case 'HostEnrolled':
        add(hostsOfKey, event.hostKey, event.hostKey);
        add(ownersOfHost, event.hostKey, event.desktop?.operatorId ?? null);
        break;
      case 'KeyBound': {
        const host = event.host ?? founder;
        if (event.operatorId === null && host !== null) add(hostsOfKey, event.key, host);
        break;
      }
      case 'RoleGranted':
        add(rolesOfOperator, event.operatorId, event.role);
    }
  }

  function couldEver(operatorId: OperatorId, act: Parameters<typeof mayDo>[1]): boolean {
    return mayDo([...(rolesOfOperator.get(operatorId) ?? [])], act);
  }

  return {
    isHost(key) {
      hear();
      return hostsOfKey.has(key);
    },
    mayCarry(author, operatorId) {
      hear();
      if (!couldEver(operatorId, 'edit-texts')) return false;
      const hosts = [...(hostsOfKey.get(author) ?? [])];
      const owners = hosts.flatMap((host) => [...(ownersOfHost.get(host) ?? [])]);
      return owners.some((owner) => owner === null || owner === operatorId || couldEver(owner, 'administer'));
    },
  };
}

type Grant = Extract<WorkspaceEvent, { type: 'WorkspaceCreated' | 'HostEnrolled' | 'KeyBound' | 'RoleGranted' }>;

function isGrant(event: WorkspaceEvent): event is Grant {
  return ['WorkspaceCreated', 'HostEnrolled', 'KeyBound', 'RoleGranted'].includes(event.type);
}

function add<Key, Value>(map: Map<Key, Set<Value>>, key: Key, value: Value): void {
  map.set(key, (map.get(key) ?? new Set()).add(value));
}
