import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import process from 'node:process';

/** What a process of the tests can be asked to do, by name. */
export type Acts = Readonly<Record<string, (...args: never[]) => unknown>>;

export interface ActAsked {
  readonly id: number;
  readonly act: string;
  readonly args: readonly unknown[];
}

export type ActAnswered =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly failure: string };

/** The id of what a process says by itself, once it is there. */
export const READY = 0;

/** Whatever is imported by then, nothing is opened before the parent says so. */
export async function told(): Promise<void> {
  await once(process, 'message');
}

/** The child's half of `forkActs`, once it was `told`: says what it is, then does what it is asked until its parent is gone. */
export function serveActs(ready: unknown, acts: Acts): void {
  const answer = (answered: ActAnswered): void => void process.send?.(answered);
  process.on('message', (asked: ActAsked) => void perform(acts, asked).then(answer));
  process.on('disconnect', () => process.exit());
  answer({ id: READY, value: ready });
  flushCompileCache(); // a process that is killed leaves the next one nothing otherwise
}

async function perform(acts: Acts, { id, act, args }: ActAsked): Promise<ActAnswered> {
  try {
    const run = acts[act] as ((...args: readonly unknown[]) => unknown) | undefined;
    if (run === undefined) throw new Error(`nobody can ${act} here`);
    return { id, value: await run(...args) };
  } catch (cause) {
    return { id, failure: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) };
  }
}
