import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

export const REPOSITORY = join(import.meta.dirname, '..', '..');
/** `npm test` has built what it tests; a test that is run by itself takes the sources as they are. */
const CLI =
  process.env['FIREBREAK_BUILT'] === '1'
    ? join(REPOSITORY, 'out', 'main', 'cli.js')
    : join(REPOSITORY, 'src-main', 'cli.ts');
const START_MS = 60_000;

const Listening = z.strictObject({ event: z.literal('listening'), url: z.string(), port: z.int(), pid: z.int() });

/** A folder for one test: the data folder, and a place for what the platform keeps outside it. Removed afterwards. */
export function testFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const configHome = join(folder, 'config');
  mkdirSync(configHome);
  return { folder, dataDir: join(folder, 'data'), configHome };
}
export type TestFolder = ReturnType<typeof testFolder>;

/** Nothing of a child may land in the home of whoever runs the tests. */
function environment({ configHome }: Pick<TestFolder, 'configHome'>): NodeJS.ProcessEnv {
  const { INIT_CWD: _cwd, FIREBREAK_LOG: _log, VITEST: _vitest, NODE_OPTIONS: _options, ...rest } = process.env;
  const home = {
    HOME: configHome,
    XDG_CONFIG_HOME: configHome,
    XDG_DATA_HOME: configHome,
    APPDATA: configHome,
    LOCALAPPDATA: configHome,
  };
  // Many short processes of the same program: what was compiled once need not be compiled again.
  return { ...rest, ...home, NODE_COMPILE_CACHE: join(tmpdir(), 'firebreak-test-compile-cache') };
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end, the way a shell does. */
export async function runCommand(
  at: Pick<TestFolder, 'configHome'>,
  args: readonly string[],
  cwd?: string,
): Promise<CommandResult> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: environment(at),
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (stdout += piece));
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (stderr += piece));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

/** Runs a command that must succeed, and reads the JSON it prints. */
export async function commandJson(at: Pick<TestFolder, 'configHome'>, args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await runCommand(at, args);
  if (code !== 0) throw new Error(`"${args.join(' ')}" ended with ${String(code)}: ${stderr}`);
  return JSON.parse(stdout);
}

export interface Invited {
  readonly url: string | null;
  readonly token: string;
  readonly operatorId: string;
  readonly role: string;
}

export async function invite(at: TestFolder, name: string, role: string): Promise<Invited> {
  return (await commandJson(at, ['invite', '--data', at.dataDir, '--name', name, '--role', role])) as Invited;
}

export interface HostProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Everything on standard output so far, the listening line included. */
  stdout(): string;
  stderr(): string;
  /** The end of the process: its exit code, or the signal that ended it. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  signal(signal: NodeJS.Signals): void;
  /** As a loss of power for the process: nothing of it runs any more. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts `serve` as a process of its own and waits for its line. Ends it with the test, and nothing else. */
export async function startHostProcess(
  at: TestFolder,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<HostProcess> {
  const child = spawn(process.execPath, [CLI, 'serve', '--data', at.dataDir, ...args], {
    env: { ...environment(at), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const exited = new Promise<Awaited<HostProcess['exited']>>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  onTestFinished(() => end(child, exited));
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (stderr += piece));
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (stdout += piece));
  const line = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`The host did not listen in time: ${stderr}`)), START_MS);
    createInterface({ input: child.stdout }).once('line', (first) => {
      clearTimeout(late);
      resolve(first);
    });
    void exited.then(({ code }) => {
      clearTimeout(late);
      reject(new Error(`The host ended with ${String(code)} before it listened: ${stderr}`));
    });
  });
  const { url, port, pid } = Listening.parse(JSON.parse(line));
  return {
    url,
    port,
    pid,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    signal: (signal) => void child.kill(signal),
    kill: () => end(child, exited),
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function end(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await exited;
}
