import { fork } from 'node:child_process';
import { once } from 'node:events';

// One question at a time to a process of its own, over the channel that Node opens between the two.

interface Question {
  readonly task: string;
  readonly input: unknown;
}

type Answer = { readonly value: unknown } | { readonly failed: string };

/** A process that the benchmark started, and ends. */
export interface Worker {
  ask<Value>(task: string, input?: unknown): Promise<Value>;
  /** SIGKILL, as a crash; resolves when it is gone. */
  kill(): Promise<void>;
}

export function startWorker(file: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Worker {
  const child = fork(file, args, {
    // A collection before each reading of the memory, so that it shows what is kept.
    execArgv: ['--expose-gc', '--max-old-space-size=8192'],
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    async ask<Value>(task: string, input: unknown = null): Promise<Value> {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${file} has ended`);
      child.send({ task, input } satisfies Question);
      const [answer] = (await Promise.race([once(child, 'message'), gone.then(() => [null])])) as [Answer | null];
      if (answer === null) throw new Error(`${file} ended while it was asked for ${task}`);
      if ('failed' in answer) throw new Error(`${task}: ${answer.failed}`);
      return answer.value as Value;
    },
    async kill(): Promise<void> {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** The other end. What is asked comes from the benchmark itself, so each task knows what it is given. */
export function answerTasks(tasks: Readonly<Record<string, (input: never) => unknown>>): void {
  process.on('message', (question) => void answer(question as Question));
  process.on('disconnect', () => process.exit());

  async function answer({ task, input }: Question): Promise<void> {
    try {
      const act = tasks[task];
      if (act === undefined) throw new Error('no such task');
      process.send?.({ value: (await act(input as never)) ?? null } satisfies Answer);
    } catch (error) {
      process.send?.({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
}
