import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder in memory where the system has such a thing: for files that are opened hundreds of times over, where what is
 * looked at is what is in them, not when it gets to the disk. Whoever makes it removes it.
 */
export function quickFolder(): string {
  const memory = '/dev/shm';
  return mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'firebreak-'));
}
