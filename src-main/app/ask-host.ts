import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Instant, instant, RoomId } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { EndpointInput, EndpointName } from '../../shared/protocol/endpoints.ts';
import type { LogId } from '../../shared/log/envelope.ts';
import type { Reply } from '../../shared/protocol/wire.ts';
import { wireError } from '../commands/wire-errors.ts';
import { callLocalHost } from '../host/call-local-host.ts';
import { openHighWater, outsideHighWaterFile } from '../identity/high-water.ts';
import { checkDatabase } from '../store/database-check.ts';
import { lockFolder } from '../store/folder-lock.ts';
import { restoreDatabase } from '../store/restore.ts';
import { asStorageFailure } from '../store/storage-failure.ts';
import { type DataPaths, isEmptyFolder, pathsOf } from './data-folder.ts';
import { openFirebreakHost } from './firebreak-host.ts';
import { createLog, programClock, programFolder, programVersion, timers } from './program.ts';
import { diskRefusedText, hostRefusalText, recoveryKeyText } from './refusal-sentences.ts';

/**
 * Asks the host of a data folder: the one that runs, over its local socket; without one this process is the host for
 * as long as the question takes.
 */
export async function askHost<Name extends EndpointName>(
  dataDir: string,
  endpoint: Name,
  input: EndpointInput<Name>,
  { onlyRunning = false } = {},
): Promise<Reply> {
  const answered = await callLocalHost(dataDir, endpoint, input);
  if (answered) return answered;
  if (onlyRunning)
    return { ok: false, error: wireError('NoHost', `No host runs on ${dataDir}. Start one with "serve".`) };
  if (endpoint === 'mentions.import' && (input as EndpointInput<'mentions.import'>).replay !== null)
    return {
      ok: false,
      error: wireError('NoHost', 'A replay needs a running host, which it can alarm. Start one with "serve".'),
    };
  if (endpoint === 'rooms.list' && isEmptyFolder(pathsOf(dataDir))) return { ok: true, value: [] };
  const folder = programFolder();
  const log = createLog('error');
  const opened = openFirebreakHost({
    dataDir,
    resourcesDir: join(folder, 'resources'),
    version: programVersion(folder),
    door: 'command',
    clock: programClock(log),
    schedule: timers,
    log,
    ifEmpty: 'found',
    demoSpeed: 1,
    sharing: { url: () => null, open: () => Promise.resolve(''), close: () => Promise.resolve() },
    allowedPrivateHosts: [],
  });
  if (!opened.ok) return { ok: false, error: wireError(opened.error.type, hostRefusalText(opened.error)) };
  if (opened.value.newRecoveryKey !== null) process.stderr.write(`${recoveryKeyText(opened.value.newRecoveryKey)}\n`);
  try {
    return await opened.value.api.invoke({ sessionId: 'command', operatorId: null, door: 'local' }, endpoint, input);
  } finally {
    opened.value.close();
  }
}

/**
 * Puts the newest good backup in the place of what is damaged: one room's file, or the workspace's and every damaged
 * room's. The next start gives new keys to whoever is behind, so that no log forks. Says what was done.
 */
export function restoreFolder(dataDir: string, roomId: RoomId | null): Result<string, string> {
  const paths = pathsOf(dataDir);
  const now = instant(Date.now());
  try {
    return restoreLocked(paths, roomId, now);
  } catch (cause) {
    const failure = asStorageFailure(cause);
    if (!failure) throw cause;
    return err(diskRefusedText(dataDir, failure));
  }
}

function restoreLocked(paths: DataPaths, roomId: RoomId | null, now: Instant): Result<string, string> {
  const { dataDir } = paths;
  const locked = lockFolder(dataDir, { pid: process.pid, door: 'command', since: new Date(now).toISOString() });
  if (!locked.ok) return err(hostRefusalText(locked.error));
  const highWater = openHighWater({
    inside: join(paths.keysDir, 'high-water.txt'),
    outside: outsideHighWaterFile(dataDir),
  });
  try {
    const files = roomId ? [{ logId: roomId, file: paths.roomFile(roomId) }] : damagedFiles(paths);
    if (files.length === 0) return ok('Nothing is damaged. Nothing was changed.');
    const done: string[] = [];
    for (const { logId, file } of files) {
      const restored = restoreDatabase(file, highWater.marks(logId), now);
      if (!restored.ok) return err(`${file} has no good backup. Nothing of it was changed.`);
      const { from, keptAside } = restored.value;
      done.push(`${file} is now the backup ${from}${keptAside ? `; the damaged file is kept as ${keptAside}` : ''}.`);
    }
    return ok(done.join('\n'));
  } finally {
    highWater.close();
    locked.value.release();
  }
}

function damagedFiles(paths: ReturnType<typeof pathsOf>): readonly { readonly logId: LogId; readonly file: string }[] {
  const rooms = existsSync(paths.roomsDir) ? readdirSync(paths.roomsDir).filter((name) => name.endsWith('.db')) : [];
  const files: { logId: LogId; file: string }[] = [
    { logId: 'workspace', file: paths.workspaceFile },
    ...rooms.flatMap((name) => {
      const roomId = RoomId.safeParse(name.slice(0, -3));
      return roomId.success ? [{ logId: roomId.data, file: join(paths.roomsDir, name) }] : [];
    }),
  ];
  return files.filter(({ file }) => !existsSync(file) || !checkDatabase(file).ok);
}
