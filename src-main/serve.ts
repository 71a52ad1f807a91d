import { join } from 'node:path';
import { createLog, exitOnBug, programClock, programFolder, programVersion, timers } from './app/program.ts';
import { recoveryKeyText } from './app/refusal-sentences.ts';
import { type ServedHost, serveHost } from './app/serve-host.ts';

export interface ServeOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly host: string;
  readonly insecure: boolean;
  readonly tls: boolean;
  readonly certificateFiles: { readonly certFile: string; readonly keyFile: string } | null;
  readonly allowedHosts: readonly string[];
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
  sayHowItIsReached(served.value);
  if (options.certificateFiles) process.on('SIGHUP', () => reloadCertificate(served.value));
  exitOnBug(log, close, (code) => process.exit(code));
  process.stdout.write(`${JSON.stringify({ event: 'listening', url, port, pid: process.pid })}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  await close();
  return 0;
}

/** What somebody must know before they give the address away. */
function sayHowItIsReached({ certificate, isInsecure }: ServedHost): void {
  if (isInsecure)
    process.stderr.write(
      'WARNING: --insecure serves plain HTTP to the network. Everybody on it can read tokens and statements, and may ' +
        'change what they read. Only a proxy with TLS in front makes that safe; browsers that come without one are sent ' +
        'away by the page.\n',
    );
  if (certificate?.selfSigned)
    process.stderr.write(
      "The certificate is this host's own. Browsers warn of it; compare its SHA-256 fingerprint with the one they show:\n" +
        `${certificate.printed}\n`,
    );
}

function reloadCertificate(served: ServedHost): void {
  const reloaded = served.reloadCertificate();
  const said = reloaded.ok
    ? `The certificate was read anew: ${reloaded.value}`
    : `The certificate was not taken. ${reloaded.error}`;
  process.stderr.write(`${said}\n`);
}
