import { fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { type ActAnswered, type Acts, READY } from './serve-acts.ts';

const START_MS = 60_000;

type Asked<Act> = Act extends (...args: infer Args) => infer Value ? (...args: Args) => Promise<Awaited<Value>> : never;

export interface Forked<Ready, Of extends Acts> {
  /** What it said of itself when it was there. */
  readonly ready: Ready;
  readonly pid: number;
  /** Rejects with what went wrong over there, or when the process ends before it has answered. */
  readonly ask: { readonly [Name in keyof Of]: Asked<Of[Name]> };
  /** As a loss of power for the process. Resolves when nothing of it runs any more. */
  kill(): Promise<void>;
  /** Sends the signal and does not wait. */
  shoot(): void;
  readonly exited: Promise<void>;
}

/**
 * Runs a script of this folder as a process of its own; the script answers with `serveActs`. It loads at once, and
 * begins after `when`: who is to take over from another is there by then.
 */
export async function forkActs<Ready, Of extends Acts>(
  script: string,
  config: unknown,
  when: Promise<unknown> = Promise.resolve(),
): Promise<Forked<Ready, Of>> {
  const { NODE_OPTIONS: _options, VITEST: _vitest, ...env } = process.env;
  const child = fork(join(import.meta.dirname, script), [JSON.stringify(config)], {
    execArgv: ['--expose-gc'],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    // Many short processes of the same program: what was compiled once need not be compiled again.
    env: { ...env, NODE_COMPILE_CACHE: join(tmpdir(), 'firebreak-test-compile-cache') },
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => (stderr += piece));
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = READY;

  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      const reason = new Error(`${script} ended with ${String(code ?? signal)}: ${stderr}`);
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
      resolve();
    });
  });
  child.on('message', (answered: ActAnswered) => {
    const asked = waiting.get(answered.id);
    waiting.delete(answered.id);
    if ('failure' in answered) asked?.reject(new Error(answered.failure));
    else asked?.resolve(answered.value);
  });

  function expectAnswer(id: number): Promise<unknown> {
    const asked = Promise.withResolvers<unknown>();
    waiting.set(id, asked);
    return asked.promise;
  }

  async function run(act: string, args: readonly unknown[]): Promise<unknown> {
    if (!child.connected) throw new Error(`${script} is gone: ${stderr}`);
    const answer = expectAnswer((lastId += 1));
    child.send({ id: lastId, act, args });
    return await answer;
  }

  async function kill(): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  }

  const isReady = expectAnswer(READY);
  await when;
  if (child.connected) child.send('begin');
  const late = setTimeout(() => void kill(), START_MS);
  const ready = await isReady.finally(() => clearTimeout(late));
  return {
    ready: ready as Ready,
    pid: child.pid ?? 0,
    ask: new Proxy({} as Forked<Ready, Of>['ask'], {
      get:
        (_, act) =>
        (...args: readonly unknown[]) =>
          run(String(act), args),
    }),
    kill,
    shoot: () => void child.kill('SIGKILL'),
    exited,
  };
}
