import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const ATTACH_MS = 20_000;
/** Who may look at a process that is not their child: 0 is everybody's own, without root. */
const SCOPE = '/proc/sys/kernel/yama/ptrace_scope';

/** Why a test that needs strace cannot run here; null when it can. */
export function whyNoStrace(): string | null {
  if (process.platform !== 'linux') return 'strace exists on Linux only';
  const tried = spawnSync('strace', ['-o', '/dev/null', 'true'], { encoding: 'utf8' });
  if (tried.error) return 'strace is not installed here';
  if (tried.status !== 0) return `strace may not look at a process here: ${tried.stderr}`;
  const isLimited = existsSync(SCOPE) && readFileSync(SCOPE, 'utf8').trim() !== '0' && process.getuid?.() !== 0;
  return isLimited ? 'strace may not attach to a process here: kernel.yama.ptrace_scope is not 0' : null;
}

export interface Strace {
  /** Lets go of the process, which goes on, and gives what was seen. */
  stop(): Promise<string>;
}

/**
 * Attaches strace to a running process and all its threads; it is attached when this resolves. `whyNoStrace` says
 * where that is not allowed.
 */
export async function attachStrace(pid: number, args: readonly string[]): Promise<Strace> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-trace-'));
  const file = join(folder, 'trace');
  const child = spawn('strace', ['-f', ...args, '-o', file, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let stderr = '';
  const attached = Promise.withResolvers<void>();
  const late = setTimeout(() => attached.reject(new Error(`strace did not attach in time: ${stderr}`)), ATTACH_MS);
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece;
    if (/attached/.test(stderr)) attached.resolve();
  });
  void ended.then(() => attached.reject(new Error(`strace ended: ${stderr}`)));

  async function letGo(): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
    await ended;
  }
  onTestFinished(async () => {
    await letGo();
    rmSync(folder, { recursive: true, force: true });
  });
  await attached.promise.finally(() => clearTimeout(late));
  return {
    async stop() {
      await letGo();
      return readFileSync(file, 'latin1');
    },
  };
}
