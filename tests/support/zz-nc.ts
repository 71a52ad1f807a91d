import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { _electron, test as base, type ElectronApplication } from '@playwright/test';

export { expect } from '@playwright/test';

const root = '/tmp/nc';

export interface DesktopFixtures {
  /** A new data folder, removed after the test. */
  readonly dataDir: string;
  /** Starts the built application on `dataDir`, in real Electron or in the stand-in; closed after the test. */
  readonly launch: (...args: readonly string[]) => Promise<ElectronApplication>;
}

export const test = base.extend<DesktopFixtures>({
  dataDir: async ({}, use) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'firebreak-desktop-'));
    await use(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  },
  launch: async ({ dataDir }, use, info) => {
    const apps: ElectronApplication[] = [];
    const said: string[] = [];
    await use(async (...args) => {
      const app = await _electron.launch({
        args: [root, '--data', dataDir, ...args],
        cwd: root,
        env: environment(dataDir),
      });
      apps.push(app);
      app.process().stderr?.on('data', (text: Buffer) => said.push(text.toString()));
      return app;
    });
    for (const app of apps) await app.close().catch(() => undefined); // a test may have closed it
    if (info.status !== info.expectedStatus) await info.attach('standard error', { body: said.join('') });
  },
});

/** Starts the program once more on the same folder, as a link or a second click does; resolves to its exit code. */
export async function startAgain(dataDir: string, ...args: readonly string[]): Promise<number | null> {
  const program = createRequire(import.meta.url)('electron') as unknown as string;
  const child = spawn(program, [root, '--data', dataDir, ...args], {
    cwd: root,
    env: environment(dataDir),
    stdio: 'ignore',
  });
  return new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
}

function environment(dataDir: string): Record<string, string> {
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    ...Object.fromEntries(inherited),
    STANDIN_NODE: process.execPath,
    // High-water marks of the test's folders stay in the test's folder.
    XDG_CONFIG_HOME: path.join(dataDir, 'config'),
  };
}

/**
 * The ports that the program's main process listens on, the debugger's left out. Linux is asked itself; elsewhere Node
 * is asked how many servers it has, which are given as port 0.
 */
export async function listeningPorts(app: ElectronApplication): Promise<readonly number[]> {
  const { servers, debuggerUrl, pid } = await app.evaluate(() => ({
    servers: process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length,
    debuggerUrl: process.getBuiltinModule('node:inspector').url(),
    pid: process.pid,
  }));
  if (process.platform !== 'linux') return Array.from({ length: servers }, () => 0);
  const debuggerPort = debuggerUrl === undefined ? null : Number(new URL(debuggerUrl).port);
  return portsOf(pid).filter((port) => port !== debuggerPort);
}

function portsOf(pid: number): readonly number[] {
  const folder = `/proc/${String(pid)}/fd`;
  const inodes = new Set(
    readdirSync(folder).flatMap((fd) => /^socket:\[(\d+)\]$/.exec(targetOf(path.join(folder, fd)))?.[1] ?? []),
  );
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${String(pid)}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === LISTENING && inodes.has(inode ?? ''))
      .map(([, local]) => parseInt(local?.split(':')[1] ?? '0', 16)),
  );
}

const LISTENING = '0A';

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return ''; // closed in between
  }
}
