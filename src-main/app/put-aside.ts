import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Instant } from '../../shared/base/ids.ts';
import type { KeyStore } from '../identity/key-store.ts';
import { type DataPaths, freeName, stampOf } from './data-folder.ts';

/** Keys of a set-up that did not come to its end: nothing that counts was ever signed with them. */
export function putKeysAside({ dataDir }: DataPaths, keys: KeyStore, now: Instant): void {
  if (keys.holdsKeys()) keys.putAside(makeFolder(join(dataDir, `keys-aside-${stampOf(now)}`)));
}

/**
 * The demo's files, keys included, so that the folder is as it was before. The workspace's file goes after everything
 * that belongs to it: until then the folder is a demo that opens, and may be left again. The keys come after it, because
 * without it they are keys of nothing, which the next set-up puts aside.
 */
export function putDemoAside({ dataDir }: DataPaths, keys: KeyStore, now: Instant): void {
  const aside = makeFolder(join(dataDir, `demo-${stampOf(now)}`));
  for (const file of ['mentions.db', 'rooms', 'backups', 'workspace.db'])
    for (const name of [`${file}-wal`, `${file}-shm`, file])
      if (existsSync(join(dataDir, name))) renameSync(join(dataDir, name), join(aside, name));
  keys.putAside(makeFolder(join(aside, 'keys')));
}

function makeFolder(path: string): string {
  const folder = freeName(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
