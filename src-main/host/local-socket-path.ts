import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** A socket's address holds 104 bytes on macOS and 108 on Linux, its end mark included. */
const LONGEST_PATH_BYTES = 100;

/** Where the host of a data folder listens for commands, and where commands look for it. */
export interface LocalSocketPath {
  readonly path: string;
  /** Outside the data folder, where others may write too: the folder has to be checked before it is trusted. */
  readonly sharedFolder: boolean;
}

export function localSocketPath(dataDir: string, tmp: string = tmpdir()): LocalSocketPath {
  const folder = canonical(dataDir);
  const fingerprint = createHash('sha256').update(folder).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return { path: `\\\\.\\pipe\\firebreak-${fingerprint}`, sharedFolder: false };
  const inside = join(folder, 'host.sock');
  if (Buffer.byteLength(inside) <= LONGEST_PATH_BYTES) return { path: inside, sharedFolder: false };
  return { path: join(tmp, `firebreak-${userInfo().uid}-${fingerprint}`, 'host.sock'), sharedFolder: true };
}

/** Makes the folder of the socket for us alone; throws when somebody else was there first. */
export function makeSocketFolder({ path, sharedFolder }: LocalSocketPath): void {
  if (!sharedFolder) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (!isOursAlone(dirname(path))) {
    throw new Error(
      `${dirname(path)} belongs to somebody else or is open to others, so no command can be trusted there.`,
    );
  }
}

/** Whether what listens there can only be ours: else a stranger's socket would be given our commands. */
export function mayTrust({ path, sharedFolder }: LocalSocketPath): boolean {
  return !sharedFolder || isOursAlone(dirname(path));
}

function isOursAlone(folder: string): boolean {
  try {
    const stat = lstatSync(folder);
    return stat.isDirectory() && stat.uid === userInfo().uid && (stat.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

/** The same folder reached by a link or a relative path must lead to the same socket. */
function canonical(dataDir: string): string {
  try {
    return realpathSync(dataDir);
  } catch {
    return resolve(dataDir);
  }
}
