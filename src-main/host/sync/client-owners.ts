import type { DeviceId, Instant } from '../../../shared/base/ids.ts';
import type { ClientBinding } from '../../commands/ports.ts';

/** A client id's device, and since when. */
export type Owner = Omit<ClientBinding, 'document'>;

export type Claim =
  /** `fresh` are the ids that nobody had used; they are the claimant's as soon as `add` is told so. */
  | { readonly type: 'Owned'; readonly fresh: readonly Owner[] }
  | { readonly type: 'Foreign'; readonly clientId: number }
  | { readonly type: 'TooManyNew' };

const HOUR_MS = 60 * 60 * 1000;

/**
 * Whose the client ids of one document are: the first device that uses one owns it there for good. Yjs itself takes
 * anything under any client id, and a few bytes that run ahead of a colleague's clock would make all their later typing
 * vanish for everybody.
 *
 * Each id makes every later edit of the document a little dearer, so a device may begin only so many within an hour.
 */
export function createClientOwners(known: readonly Owner[], newPerHour: number) {
  const ownersByClientId = new Map(known.map((owner) => [owner.clientId, owner]));

  /** What another host let somebody begin has that host's time, which may be ahead of ours. */
  function startedWithin(deviceId: DeviceId, since: number, until: number): number {
    let count = 0;
    for (const { deviceId: owner, at } of ownersByClientId.values()) {
      if (owner === deviceId && at > since && at <= until) count += 1;
    }
    return count;
  }

  return {
    /**
     * `isHeld` tells of ids from before owners were kept: they are nobody's, so that nobody can speak for them. `most`
     * new ones within an hour: what another host has let somebody begin is not counted again.
     */
    claim(
      deviceId: DeviceId,
      clientIds: Iterable<number>,
      at: Instant,
      isHeld: (clientId: number) => boolean,
      most = newPerHour,
    ): Claim {
      const fresh: Owner[] = [];
      for (const clientId of clientIds) {
        const owner = ownersByClientId.get(clientId);
        if (owner === undefined && !isHeld(clientId)) fresh.push({ clientId, deviceId, at });
        else if (owner?.deviceId !== deviceId) return { type: 'Foreign', clientId };
      }
      if (fresh.length > 0 && fresh.length + startedWithin(deviceId, at - HOUR_MS, at) > most) {
        return { type: 'TooManyNew' };
      }
      return { type: 'Owned', fresh };
    },
    add(owners: readonly Owner[]): void {
      for (const owner of owners) ownersByClientId.set(owner.clientId, owner);
    },
    /** They could not be stored. */
    remove(owners: readonly Owner[]): void {
      for (const { clientId } of owners) ownersByClientId.delete(clientId);
    },
  };
}

export type ClientOwners = ReturnType<typeof createClientOwners>;
