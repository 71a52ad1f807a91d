// A lock between processes: a folder that only one of them can make. No dependencies, Node 20 or newer.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 200;
/** How long a lock may stand without saying whose it is: its maker writes its number right after making it. */
const ANONYMOUS_MS = 10_000;

/**
 * Runs `work` while no other process does the same under the same name.
 *
 * @template T
 * @param {string} folder the lock; its parent folder is made if it is missing
 * @param {() => void} onWait called once, when somebody else holds the lock
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(folder, onWait, work) {
  mkdirSync(path.dirname(folder), { recursive: true });
  for (let waited = false; !taken(folder); waited = true) {
    if (abandoned(folder)) {
      clear(folder);
      continue;
    }
    if (!waited) onWait();
    await pause(POLL_MS);
  }
  const release = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function taken(folder) {
  try {
    mkdirSync(folder);
  } catch (cause) {
    if (cause.code === 'EEXIST') return false;
    throw cause;
  }
  writeFileSync(path.join(folder, 'pid'), String(process.pid));
  return true;
}

function abandoned(folder) {
  try {
    const pid = Number(readFileSync(path.join(folder, 'pid'), 'utf8'));
    if (pid > 0) return !alive(pid);
  } catch {
    // No number yet, or the lock has just gone.
  }
  try {
    return Date.now() - statSync(folder).mtimeMs > ANONYMOUS_MS;
  } catch {
    return false;
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return cause.code === 'EPERM';
  }
}

/** Renaming is atomic, so of several that find the same abandoned lock only one removes it. */
function clear(folder) {
  const aside = `${folder}.${process.pid}`;
  try {
    renameSync(folder, aside);
  } catch {
    return;
  }
  rmSync(aside, { recursive: true, force: true });
}
