import { join } from 'node:path';
import { createLog, exitOnBug, programClock, programFolder, programVersion, timers } from './app/program.ts';
import { recoveryKeyText } from './app/refusal-sentences.ts';
import { serveHost } from './app/serve-host.ts';

export interface ServeOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly host: string;
  readonly insecure: boolean;
  readonly ifEmpty: 'ask' | 'found' | 'demo';
  readonly demoSpeed: number;
  readonly allowedPrivateHosts: readonly string[];
}

/**
 * Serves until it is told to stop. One line of JSON on standard output when it listens; everything else goes to
 * standard error. Resolves to the exit code: 0 after a clean stop, 1 when it could not begin.
 */
export async function serve(options: ServeOptions): Promise<number> {
  const folder = programFolder();
  const log = createLog(process.env['FIREBREAK_LOG'] ?? 'warn');
  const clock = programClock(log);
  const served = await serveHost({
    ...options,
    clock,
    log,
    schedule: timers,
    version: programVersion(folder),
    resourcesDir: join(folder, 'resources'),
    rendererRoot: join(folder, 'out', 'renderer'),
  });
  if (!served.ok) {
    process.stderr.write(`${served.error}\n`);
    return 1;
  }
  const { url, port, close, host } = served.value;
  if (host.newRecoveryKey !== null) process.stderr.write(`${recoveryKeyText(host.newRecoveryKey)}\n`);
  exitOnBug(log, close, (code) => process.exit(code));
  process.stdout.write(`${JSON.stringify({ event: 'listening', url, port, pid: process.pid })}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  await close();
  return 0;
}
