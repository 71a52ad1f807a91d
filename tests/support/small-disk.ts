import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const NO_MOUNTS = 'this machine lets nobody mount a disk, which takes root on Linux';

export interface SmallDisk {
  /** Writes until not one byte more goes in. */
  fill(): void;
  makeRoom(): void;
  /** From here on nothing on it can be changed. Only while nobody has a file on it open for writing. */
  makeReadOnly(): void;
  makeWritable(): void;
}

/** A folder on a disk of its own, in memory. Null when this machine lets nobody mount one. Gone with the test. */
export function mountSmallDisk(folder: string, megabytes: number): SmallDisk | null {
  mkdirSync(folder);
  if (!mount('-t', 'tmpfs', '-o', `size=${String(megabytes)}m`, 'none', folder)) return null;
  onTestFinished(() => unmount(folder));
  const filler = join(folder, 'filler');
  const remount = (as: 'ro' | 'rw') => {
    if (!mount('-o', `remount,${as}`, folder)) throw new Error(`${folder} could not be mounted ${as}`);
  };
  return {
    fill: () => fillUp(filler),
    makeRoom: () => rmSync(filler),
    makeReadOnly: () => remount('ro'),
    makeWritable: () => remount('rw'),
  };
}

/** Makes one file unchangeable where it is, even for root; returns what ends that. Null where nobody may mount. */
export function makeFileReadOnly(file: string): (() => void) | null {
  if (!mount('--bind', file, file)) return null;
  let isMounted = true;
  function end(): void {
    if (isMounted) unmount(file);
    isMounted = false;
  }
  onTestFinished(end);
  if (!mount('-o', 'remount,bind,ro', file)) throw new Error(`${file} could not be made read-only`);
  return end;
}

function mount(...args: readonly string[]): boolean {
  return spawnSync('mount', args).status === 0;
}

function unmount(at: string): void {
  spawnSync('umount', ['-l', at]);
}

function fillUp(filler: string): void {
  const descriptor = openSync(filler, 'a');
  for (let size = 1 << 20; size >= 1;) {
    try {
      if (writeSync(descriptor, Buffer.alloc(size)) < size) size >>= 1;
    } catch {
      size >>= 1;
    }
  }
  closeSync(descriptor);
}
