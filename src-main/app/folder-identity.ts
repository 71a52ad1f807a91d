import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { OperatorId } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Clock } from '../commands/ports.ts';
import { callEnrol } from '../host/call-enrol.ts';
import { createFollowFile } from '../identity/follow-file.ts';
import { type HighWater, openHighWater, outsideHighWaterFile } from '../identity/high-water.ts';
import { createKeyStore } from '../identity/key-store.ts';
import { createLocalOperator } from '../identity/local-operator.ts';
import { createSaltSource } from '../identity/salts.ts';
import { lockFolder } from '../store/folder-lock.ts';
import { type DataPaths, openLogFile, openRooms, pathsOf } from './data-folder.ts';
import { joinWorkspace } from './join-workspace.ts';
import { createLog, programClock } from './program.ts';
import { recoverAdministrator } from './recover-administrator.ts';
import { hostRefusalText } from './refusal-sentences.ts';

// What the command line does to the identity of a data folder on which no host runs.

interface OpenFolder {
  readonly paths: DataPaths;
  readonly highWater: HighWater;
  readonly clock: Clock;
}

/** Where the outside marks are kept; the platform's own place unless a test says otherwise. */
interface Places {
  readonly configDir?: string | undefined;
}

/** Makes this empty folder a host of the workspace that the link or code is an invite to. Says what to do next. */
export function joinFolder(dataDir: string, pasted: string, places: Places = {}): Promise<Result<string, string>> {
  return withFolder(dataDir, places, async (folder) => {
    const { keysDir } = folder.paths;
    const joined = await joinWorkspace(pasted, {
      ...folder,
      keys: createKeyStore(keysDir),
      follow: createFollowFile(keysDir),
      localPerson: createLocalOperator(keysDir),
      call: callEnrol,
    });
    if (!joined.ok) return err(joined.error.message);
    joined.value.file.db.close();
    const { organisation, operatorId, follow } = joined.value;
    const as = operatorId === null ? 'as a relay' : `for ${operatorId}`;
    return ok(`Joined "${organisation}" ${as}. Start it here; the rest comes from ${follow.url} by itself.`);
  });
}

/** Brings an administrator back with the printed recovery key. Says whom. */
export function recoverFolder(
  dataDir: string,
  operatorId: OperatorId,
  printed: string,
  places: Places = {},
): Promise<Result<string, string>> {
  return withFolder(dataDir, places, ({ paths, highWater, clock }) => {
    const opened = openLogFile(paths.workspaceFile, 'workspace', { create: false, highWater });
    if (!opened.ok) return err(`${paths.workspaceFile} cannot be used: ${opened.error.type}.`);
    const rooms = openRooms(paths, highWater);
    try {
      const recovered = recoverAdministrator(operatorId, printed, {
        workspaceLog: opened.value.log,
        roomLogs: rooms.files.map(({ log }) => log),
        keys: createKeyStore(paths.keysDir),
        highWater,
        clock,
        salt: createSaltSource(),
      });
      if (!recovered.ok) return recovered;
      return ok(`${recovered.value.name} is an administrator again, with a new key that is kept in this folder.`);
    } finally {
      for (const { db } of rooms.files) db.close();
      opened.value.db.close();
    }
  });
}

async function withFolder(
  dataDir: string,
  { configDir }: Places,
  act: (folder: OpenFolder) => Result<string, string> | Promise<Result<string, string>>,
): Promise<Result<string, string>> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const paths = pathsOf(dataDir);
  const clock = programClock(createLog('error'));
  const since = new Date(clock.now()).toISOString();
  const locked = lockFolder(dataDir, { pid: process.pid, door: 'command', since });
  if (!locked.ok) return err(hostRefusalText(locked.error));
  const highWater = openHighWater({
    inside: join(paths.keysDir, 'high-water.txt'),
    outside: outsideHighWaterFile(dataDir, configDir),
  });
  try {
    return await act({ paths, highWater, clock });
  } finally {
    highWater.close();
    locked.value.release();
  }
}
