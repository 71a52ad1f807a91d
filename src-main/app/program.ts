import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import envPaths from 'env-paths';
import pino from 'pino';
import type { Schedule } from '../commands/ports.ts';
import { type HostClock, systemClock } from '../host/clock.ts';
import type { HostLog } from '../host/host-log.ts';
import { asStorageFailure } from '../store/storage-failure.ts';

const END_WITHIN_MS = 3_000;

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

/**
 * The last resort for what nothing else caught. A disk that refuses to write must not end a room: it is logged and the
 * host goes on. Anything else is a bug, after which nothing is sure: it is logged, `end` gets a moment, and the process
 * exits with 1.
 */
export function exitOnBug(log: HostLog, end: () => Promise<void>, exit: (code: number) => void): () => void {
  let isEnding = false;
  function caught(cause: unknown): void {
    const failure = asStorageFailure(cause);
    if (failure) return log.error({ err: cause }, 'the disk refused to write, and nothing expected it');
    log.error({ err: cause }, 'a bug: the host ends');
    if (isEnding) return;
    isEnding = true;
    const late = setTimeout(() => exit(1), END_WITHIN_MS);
    void end()
      .catch((again: unknown) => log.error({ err: again }, 'the host could not end cleanly'))
      .then(() => {
        clearTimeout(late);
        exit(1);
      });
  }
  process.on('uncaughtException', caught); // rejections that nobody awaits arrive here too
  return () => void process.off('uncaughtException', caught);
}

/** The clock of a real program, which says when somebody sets the machine's. */
export function programClock(log: HostLog): HostClock {
  return systemClock((deltaMs) =>
    log.warn({ deltaMs }, "the machine's clock was set; the countdown goes on by its own"),
  );
}
