import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import envPaths from 'env-paths';
import pino from 'pino';
import type { Clock, Schedule } from '../commands/ports.ts';
import { systemClock } from '../host/clock.ts';
import type { HostLog } from '../host/host-log.ts';

/** The program's own folder: where `package.json` is, from the sources, the build and the archive alike. */
export function programFolder(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new Error('The program is not where its package.json is.');
  }
}

export function programVersion(folder: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly version: string };
  return manifest.version;
}

/** The platform's own place for an application's data. */
export function defaultDataFolder(): string {
  return envPaths('Firebreak', { suffix: '' }).data;
}

/** Log lines go to standard error: standard output belongs to what was asked for. */
export function createLog(level: string): HostLog {
  return pino(
    { level, redact: { paths: ['token', 'cookie', '*.token', '*.cookie'], remove: true } },
    pino.destination({ fd: 2, sync: true }),
  );
}

export const timers: Schedule = (delayMs, act) => {
  const timer = setTimeout(act, delayMs);
  return () => clearTimeout(timer);
};

/** The clock of a real program, which says when somebody sets the machine's. */
export function programClock(log: HostLog): Clock {
  return systemClock((deltaMs) =>
    log.warn({ deltaMs }, "the machine's clock was set; the countdown goes on by its own"),
  );
}
