import type { OperatorId } from '../../../shared/base/ids.ts';
import type { Clock } from '../../commands/ports.ts';
import type { PaceLimits } from './sync-socket.ts';

/** What a frame cost: itself, its bytes, and the structs and deleted ranges of the update in it. */
export interface Cost {
  readonly frames: number;
  readonly bytes: number;
  readonly parts: number;
}

interface Account {
  frames: number;
  bytes: number;
  parts: number;
  countedAt: number;
  heldUntil: number;
  holds: number;
  lastHoldAt: number;
}

/** Nobody is made to wait longer than this at once, in ms: to them it would look as if the host were gone. */
const LONGEST_WAIT_MS = 20_000;
const HOLD_MEMORY_MS = 60_000;

/**
 * How much of the host each person takes (token buckets): whoever overdraws is not listened to until the account is even
 * again. Nothing is thrown away by it, what they sent waits on their side. By person, because whoever has a link can
 * make as many devices of it as they like.
 */
export function createPace(clock: Clock, limits: PaceLimits) {
  const accounts = new Map<OperatorId, Account>();

  function accountOf(operatorId: OperatorId, now: number): Account {
    let account = accounts.get(operatorId);
    if (account === undefined) {
      const { burstFrames: frames, burstBytes: bytes, burstParts: parts } = limits;
      account = { frames, bytes, parts, countedAt: now, heldUntil: 0, holds: 0, lastHoldAt: 0 };
      accounts.set(operatorId, account);
    }
    const seconds = Math.max(0, now - account.countedAt) / 1000;
    account.frames = Math.min(limits.burstFrames, account.frames + seconds * limits.framesPerSecond);
    account.bytes = Math.min(limits.burstBytes, account.bytes + seconds * limits.bytesPerSecond);
    account.parts = Math.min(limits.burstParts, account.parts + seconds * limits.partsPerSecond);
    account.countedAt = now;
    return account;
  }

  function waitOf(account: Account, now: number): number {
    const wait = Math.max(
      (-account.frames / limits.framesPerSecond) * 1000,
      (-account.bytes / limits.bytesPerSecond) * 1000,
      (-account.parts / limits.partsPerSecond) * 1000,
      account.heldUntil - now,
    );
    return wait <= 0 ? 0 : Math.min(Math.ceil(wait), LONGEST_WAIT_MS);
  }

  return {
    /** Returns for how many ms they should not be listened to; 0 nearly always. */
    charge(operatorId: OperatorId, cost: Cost): number {
      const now = clock.now();
      const account = accountOf(operatorId, now);
      account.frames -= cost.frames;
      account.bytes -= cost.bytes;
      account.parts -= cost.parts;
      return waitOf(account, now);
    },
    /** Holds somebody up for `holdMs`, for twice as long each further time within a minute. Returns the wait in ms. */
    hold(operatorId: OperatorId, holdMs: number): number {
      const now = clock.now();
      const account = accountOf(operatorId, now);
      account.holds = now - account.lastHoldAt <= HOLD_MEMORY_MS ? account.holds + 1 : 0;
      account.lastHoldAt = now;
      account.heldUntil = now + Math.min(holdMs * 2 ** account.holds, LONGEST_WAIT_MS);
      return waitOf(account, now);
    },
    waitMs(operatorId: OperatorId): number {
      const now = clock.now();
      return accounts.has(operatorId) ? waitOf(accountOf(operatorId, now), now) : 0;
    },
    /** They have left. Debts are kept for as long as they are any. */
    forget(operatorId: OperatorId): void {
      const now = clock.now();
      const account = accounts.get(operatorId);
      if (account === undefined || now - account.lastHoldAt <= HOLD_MEMORY_MS) return;
      const { frames, bytes, parts } = accountOf(operatorId, now);
      if (frames >= limits.burstFrames && bytes >= limits.burstBytes && parts >= limits.burstParts) {
        accounts.delete(operatorId);
      }
    },
  };
}

export type Pace = ReturnType<typeof createPace>;
