import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Forked, forkActs } from './fork-acts.ts';
import type { SyncServerActs, SyncServerConfig } from './sync-server.ts';

export interface SyncProcess extends Forked<number, SyncServerActs> {
  readonly port: number;
  readonly url: string;
}

/**
 * The sync endpoint over a SQLite file (synchronous=FULL), in a process of its own. Whoever starts it ends it. The file
 * is opened after `when`.
 */
export async function startSyncProcess(
  config: Pick<SyncServerConfig, 'file'> & Partial<SyncServerConfig>,
  when?: Promise<unknown>,
): Promise<SyncProcess> {
  const whole: SyncServerConfig = { port: 0, limits: {}, readers: [], aheadMs: 0, ...config };
  const forked = await forkActs<number, SyncServerActs>('sync-server.ts', whole, when);
  return { ...forked, port: forked.ready, url: `ws://127.0.0.1:${String(forked.ready)}/yjs` };
}

/** A place for the database of one test; `remove` it when nothing has it open any more. */
export function syncFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-sync-'));
  return {
    file: join(folder, 'room.db'),
    folder,
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}
