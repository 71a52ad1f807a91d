import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instant } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { type Bundle, readBundle } from '../../shared/protocol/bundle.ts';
import { bundleFaultText } from '../../shared/protocol/bundle-text.ts';
import { verifyBundle } from '../../shared/protocol/verify-bundle.ts';
import { verifyEd25519 } from '../identity/ed25519.ts';
import { openHighWater, outsideHighWaterFile } from '../identity/high-water.ts';
import { lockFolder } from '../store/folder-lock.ts';
import { isEmptyFolder, openLogFile, pathsOf } from './data-folder.ts';
import { hostRefusalText } from './refusal-sentences.ts';

/**
 * Verifies a bundle before anything of it is taken in. An empty folder is given the workspace's log from it, which is
 * what founds it: nobody's host, there to be read. Rooms and texts then come in as they do from any other host.
 */
export function prepareForBundle(dataDir: string, file: string, trust: string | undefined): Result<null, string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    return err(`${file} cannot be read: ${(cause as Error).message}`);
  }
  const report = verifyBundle(text, { verifier: verifyEd25519, ...(trust !== undefined && { trust }) });
  if (report.failure)
    return err(`The bundle does not hold: ${bundleFaultText(report.failure.reason)}. Nothing of it was taken in.`);
  const read = readBundle(text, verifyEd25519);
  if (!read.ok) return err('The bundle does not hold. Nothing of it was taken in.');
  return isEmptyFolder(pathsOf(dataDir)) ? found(dataDir, read.value) : ok(null);
}

function found(dataDir: string, { frames }: Bundle): Result<null, string> {
  const paths = pathsOf(dataDir);
  mkdirSync(paths.keysDir, { recursive: true, mode: 0o700 });
  const now = instant(Date.now());
  const locked = lockFolder(dataDir, { pid: process.pid, door: 'command', since: new Date(now).toISOString() });
  if (!locked.ok) return err(hostRefusalText(locked.error));
  const inside = join(paths.keysDir, 'high-water.txt');
  const highWater = openHighWater({ inside, outside: outsideHighWaterFile(dataDir) });
  try {
    const opened = openLogFile(paths.workspaceFile, 'workspace', { create: true, highWater });
    if (!opened.ok) return err(`${paths.workspaceFile} could not be made: ${opened.error.type}.`);
    const { log, db } = opened.value;
    log.receive(
      frames.flatMap((frame) => (frame.kind === 'events' && frame.log === 'workspace' ? frame.events : [])),
      now,
    );
    db.close();
    return ok(null);
  } finally {
    highWater.close();
    locked.value.release();
  }
}
