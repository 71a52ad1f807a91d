import { instant, type DeviceId, type Instant, type OperatorId } from '../../../shared/base/ids.ts';
import type { SyncPeer } from '../../commands/ports.ts';
import type { MassDeletionLimits } from './sync-socket.ts';

/** One device took away much of a document in a short time. Deletions have no owner in Yjs: anybody may delete all. */
export interface MassDeletion {
  readonly document: string;
  readonly operatorId: OperatorId;
  readonly deviceId: DeviceId;
  readonly at: Instant;
  /** Units (UTF-16 units of text) that went, and how many there were before. */
  readonly deleted: number;
  readonly held: number;
  /** The last moment before it: what there is to restore. */
  readonly restoreAt: Instant;
}

interface Spell {
  readonly startedAt: Instant;
  readonly held: number;
  deleted: number;
  announced: boolean;
}

/** Sees mass deletions in one document: at once, or by the same device within a short time. */
export function createDeletionWatch(document: string, limits: MassDeletionLimits) {
  const spells = new Map<DeviceId, Spell>();

  return {
    /** `deleted` units of `held` are gone. Returns the mass deletion that this has become, once in a spell. */
    deleted(
      peer: Pick<SyncPeer, 'operatorId' | 'deviceId'>,
      at: Instant,
      deleted: number,
      held: number,
    ): MassDeletion | null {
      const { operatorId, deviceId } = peer;
      let spell = spells.get(deviceId);
      // What another host took in comes with its own time, which may be earlier.
      if (spell === undefined || Math.abs(at - spell.startedAt) > limits.withinMs) {
        for (const [device, { startedAt }] of spells) if (at - startedAt > limits.withinMs) spells.delete(device);
        spell = { startedAt: at, held, deleted: 0, announced: false };
        spells.set(deviceId, spell);
      }
      spell.deleted += deleted;
      const isMuch = deleted >= held * limits.shareAtOnce || spell.deleted >= spell.held * limits.share;
      if (spell.announced || spell.deleted < limits.units || !isMuch) return null;
      spell.announced = true;
      const restoreAt = instant(Math.max(0, spell.startedAt - 1));
      return { document, operatorId, deviceId, at, deleted: spell.deleted, held: spell.held, restoreAt };
    },
  };
}

export type DeletionWatch = ReturnType<typeof createDeletionWatch>;
