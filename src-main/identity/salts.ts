import { randomFillSync } from 'node:crypto';
import { saltOf, type Salt } from '../../shared/log/envelope.ts';

const SALT_BYTES = 16;

/** Fresh random salts. Drawn 256 at a time, because the system call costs more than the bytes. */
export function createSaltSource(): () => Salt {
  const pool = new Uint8Array(256 * SALT_BYTES);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += SALT_BYTES;
    return saltOf(pool.subarray(used - SALT_BYTES, used));
  };
}
