// Simulates the seeds that it is given, one after the other, in a thread of its own.
import { parentPort, workerData } from 'node:worker_threads';
import { faultsOf, plant, type PlantName } from './plants.ts';
import type { WorldOptions } from './world.ts';

export interface WorkerOrder {
  readonly plant: PlantName | null;
  readonly signatures: WorldOptions['signatures'];
}

const order = workerData as WorkerOrder;
if (order.plant !== null) plant(order.plant);
const { runSeed } = await import('./run-seed.ts');

parentPort?.on('message', (seed: number) => {
  const options = { seed, faults: faultsOf(order.plant), signatures: order.signatures };
  const startedAt = performance.now();
  void runSeed(options)
    .catch((cause: unknown) => {
      const said = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      return { seed, problems: [said], story: [], hosts: 0, events: 0, batches: 0, happened: 0 };
    })
    .then((outcome) => parentPort?.postMessage({ ...outcome, ms: performance.now() - startedAt }));
});
