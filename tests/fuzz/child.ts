// One protocol's run, in a process of its own: what it does to the memory is nobody else's, and it may hang.
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { createJournal, type FuzzSession, JOURNAL_BYTES } from './journal.ts';
import { PROTOCOLS } from './protocols.ts';
import { FuzzOrder, type FuzzReport } from './report.ts';

/** Frames before the first look at the memory: code is compiled and caches fill at first. */
const WARM_UP_FRAMES = 4000;
/** Seeds of the warm-up lie far from those of the run. */
const WARM_UP_SEED = 1_000_000_000;
const MOST_GROWTH = 1.1;

const order = FuzzOrder.parse(JSON.parse(process.argv[2] ?? ''));
const shared = new SharedArrayBuffer(JOURNAL_BYTES);
const journal = createJournal(shared);
const watchdog = new Worker(new URL('./watchdog.ts', import.meta.url), { workerData: shared });
watchdog.unref();
process.on('uncaughtExceptionMonitor', () => void writeSync(2, `${journal.where()}\n`));
process.on('disconnect', () => process.exit(1));

async function bytesInUse(session: FuzzSession): Promise<number> {
  await session.rest();
  // Twice, with a turn between: what finalisers let go of counts as gone.
  for (let times = 0; times < 2; times++) {
    globalThis.gc?.();
    await new Promise((resolve) => void setTimeout(resolve, 50));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function run(): Promise<FuzzReport> {
  const startedAt = performance.now();
  let memory = { before: 0, after: 0 };
  let problem: string | null = null;
  try {
    const session = await PROTOCOLS[order.protocol](journal);
    await session.run(order.seed + WARM_UP_SEED, Math.min(WARM_UP_FRAMES, order.frames));
    memory = { ...memory, before: await bytesInUse(session) };
    await session.run(order.seed, order.frames);
    memory = { ...memory, after: await bytesInUse(session) };
    if (memory.after > memory.before * MOST_GROWTH) {
      problem = `seed ${order.seed}: ${memory.before} bytes are in use before, and ${memory.after} bytes after.`;
    }
    await session.end();
  } catch (cause) {
    problem = `${journal.where()}\n${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { problem, seconds, memory, slowest: journal.slowest(), counts: [...journal.counts()] };
}

process.send?.(await run());
