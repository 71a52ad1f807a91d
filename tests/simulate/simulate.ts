import { Worker } from 'node:worker_threads';
import type { PlantName } from './plants.ts';
import type { SeedOutcome } from './run-seed.ts';
import type { WorkerOrder } from './worker.ts';
import type { WorldOptions } from './world.ts';

export interface Simulation {
  readonly from: number;
  readonly seeds: number;
  readonly plant: PlantName | null;
  readonly signatures: WorldOptions['signatures'];
  readonly workers: number;
  /** No more seeds are begun after one that failed. */
  readonly untilFound: boolean;
  readonly onOutcome: (outcome: TimedOutcome) => void;
}

export type TimedOutcome = SeedOutcome & { readonly ms: number };

/** Runs the seeds in threads, in their order. Resolves with those that failed, the lowest first. */
export async function simulate(order: Simulation): Promise<readonly TimedOutcome[]> {
  const failed: TimedOutcome[] = [];
  const end = order.from + order.seeds;
  let next = order.from;

  function work(): Promise<void> {
    const about: WorkerOrder = { plant: order.plant, signatures: order.signatures };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: about });
    return new Promise((resolve, reject) => {
      function hand(): void {
        const isOver = next >= end || (order.untilFound && failed.length > 0);
        if (isOver) return void worker.terminate().then(() => resolve(), reject);
        worker.postMessage(next);
        next += 1;
      }
      worker.on('error', reject);
      worker.on('message', (outcome: TimedOutcome) => {
        if (outcome.problems.length > 0) failed.push(outcome);
        order.onOutcome(outcome);
        hand();
      });
      hand();
    });
  }

  await Promise.all(Array.from({ length: Math.min(order.workers, order.seeds) }, work));
  return failed.sort((a, b) => a.seed - b.seed);
}
