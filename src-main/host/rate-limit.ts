import type { Clock } from '../commands/ports.ts';

/** Slows down whoever keeps failing, per remote address. */
export interface FailureLimit {
  /** How long this address still has to wait, in ms; 0 when it may try. */
  waitMs(address: string): number;
  failed(address: string): void;
  succeeded(address: string): void;
}

/** A mistyped link or two costs nothing. */
const FREE_FAILURES = 5;
const FIRST_WAIT_MS = 500;
/**
 * Short on purpose: on a loopback host everybody has the same address, and a colleague must not wait for a minute of
 * a five-minute deadline. Guessing 256 bits is hopeless at any speed; this bounds the load.
 */
const LONGEST_WAIT_MS = 8000;
const FORGET_AFTER_MS = 10 * 60 * 1000;
/** More addresses than this are not told apart: the oldest is forgotten, so memory stays bounded. */
const MOST_ADDRESSES = 4096;

export function createFailureLimit(clock: Clock): FailureLimit {
  const failuresByAddress = new Map<string, { count: number; lastAt: number }>();

  return {
    waitMs(address) {
      const failures = failuresByAddress.get(address);
      if (!failures || failures.count <= FREE_FAILURES) return 0;
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures.count - FREE_FAILURES - 1));
      return Math.max(0, failures.lastAt + wait - clock.now());
    },
    failed(address) {
      const now = clock.now();
      const before = failuresByAddress.get(address);
      const count = before && now - before.lastAt < FORGET_AFTER_MS ? before.count + 1 : 1;
      failuresByAddress.delete(address); // re-inserted at the end, so that the first key is the oldest
      failuresByAddress.set(address, { count, lastAt: now });
      const oldest = failuresByAddress.keys().next();
      if (failuresByAddress.size > MOST_ADDRESSES && !oldest.done) failuresByAddress.delete(oldest.value);
    },
    succeeded: (address) => void failuresByAddress.delete(address),
  };
}

/** Bounds how often one address may ask, whether it succeeds or not: a bucket that fills at a steady rate. */
export interface RequestLimit {
  /** Counts one request; 0 when it may go on, else how long to wait in ms. */
  waitMs(address: string): number;
}

export function createRequestLimit(
  clock: Clock,
  { perSecond, atOnce }: { readonly perSecond: number; readonly atOnce: number },
): RequestLimit {
  /** In ms of waiting: what a request costs, and what a bucket holds. */
  const cost = 1000 / perSecond;
  const full = atOnce * cost;
  const bucketsByAddress = new Map<string, { left: number; at: number }>();

  return {
    waitMs(address) {
      const now = clock.now();
      const before = bucketsByAddress.get(address) ?? { left: full, at: now };
      const left = Math.min(full, before.left + now - before.at);
      const isAllowed = left >= cost;
      bucketsByAddress.delete(address); // re-inserted at the end, so that the first key is the oldest
      bucketsByAddress.set(address, { left: isAllowed ? left - cost : left, at: now });
      const oldest = bucketsByAddress.keys().next();
      if (bucketsByAddress.size > MOST_ADDRESSES && !oldest.done) bucketsByAddress.delete(oldest.value);
      return isAllowed ? 0 : Math.ceil(cost - left);
    },
  };
}

/** Bounds how much one device may send. */
export interface ByteLimit {
  /** Counts what arrived; false when that was more than the device had left. */
  take(device: string, bytes: number): boolean;
  /** Whether anything is left, without counting. */
  hasLeft(device: string): boolean;
}

/** A bucket of `bytesPerMinute` for each device, which fills within a minute. */
export function createByteLimit(clock: Clock, bytesPerMinute: number): ByteLimit {
  const bucketsByDevice = new Map<string, { left: number; at: number }>();

  function left(device: string): number {
    const bucket = bucketsByDevice.get(device);
    if (!bucket) return bytesPerMinute;
    return Math.min(bytesPerMinute, bucket.left + ((clock.now() - bucket.at) * bytesPerMinute) / 60_000);
  }

  return {
    take(device, bytes) {
      const rest = left(device) - bytes;
      bucketsByDevice.delete(device); // re-inserted at the end, so that the first key is the oldest
      bucketsByDevice.set(device, { left: Math.max(rest, -bytesPerMinute), at: clock.now() });
      const oldest = bucketsByDevice.keys().next();
      if (bucketsByDevice.size > MOST_ADDRESSES && !oldest.done) bucketsByDevice.delete(oldest.value);
      return rest >= 0;
    },
    hasLeft: (device) => left(device) > 0,
  };
}
