import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src-main/commands/ports.ts';
import { timers } from '../../src-main/app/program.ts';
import { serveHost, type ServeConfig, type ServedHost } from '../../src-main/app/serve-host.ts';
import { systemClock } from '../../src-main/host/clock.ts';
import { REPOSITORY, type TestFolder } from './host-process.ts';
import { unwrap } from './unwrap.ts';

export interface HostInside extends ServedHost {
  /** What it logged: the message first, then the details. */
  readonly logged: readonly unknown[][];
}

/** The whole headless host in this process, on a port of its own: for what a test must reach from the inside. */
export async function serveInProcess(
  at: TestFolder,
  options: Partial<ServeConfig> & { readonly clock?: Clock } = {},
): Promise<HostInside> {
  const logged: unknown[][] = [];
  const note = (details: unknown, message?: string) => void logged.push([message, details]);
  const served = unwrap(
    await serveHost({
      dataDir: at.dataDir,
      configDir: join(at.configHome, 'Firebreak'),
      resourcesDir: join(REPOSITORY, 'resources'),
      rendererRoot: join(REPOSITORY, 'out', 'renderer'),
      version: '0.0.0',
      port: 0,
      host: '127.0.0.1',
      insecure: false,
      ifEmpty: 'found',
      demoSpeed: 1,
      allowedPrivateHosts: [],
      clock: systemClock(),
      schedule: timers,
      log: { debug: note, info: note, warn: note, error: note },
      ...options,
    }),
  );
  let open = true;
  async function close(): Promise<void> {
    if (open) await served.close();
    open = false;
  }
  onTestFinished(close);
  return { ...served, close, logged };
}
