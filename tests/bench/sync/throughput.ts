import { setTimeout as wait } from 'node:timers/promises';
import type { BenchRow } from '../report.ts';
import { allCut, createClients } from './clients.ts';
import { atLeast, comparedRow, createReadings, otherRows, turns, withBoth, type Round } from './rounds.ts';
import { documentNamed, type Target } from './servers.ts';
import type { BenchSize } from './size.ts';
import { createTypist, watch, type Typist } from './typing.ts';

const TYPISTS = 10;
/** Keystrokes of one typist that the observer does not have yet. */
const UNACKNOWLEDGED = 32;
const WARM_UP_MS = 1000;

interface ThroughputTask {
  readonly target: Target;
  readonly ms: number;
  readonly seed: number;
}

/** In the clients' process: edits per second that reach the observer. */
export async function readThroughput({ target, ms, seed }: ThroughputTask): Promise<number> {
  const clients = await (await createClients(target)).connectMany(documentNamed('throughput'), TYPISTS + 1);
  const [observer, ...others] = clients.toReversed();
  if (observer === undefined) throw new Error('nobody observes');
  const typists = others.map((client, at) => createTypist(client, seed + at));
  let arrived = 0;
  let free: Typist[] = [];
  let turn: NodeJS.Immediate | null = null;
  const typeAgain = (): void => {
    turn = null;
    const now = free;
    free = [];
    for (const typist of now) typist.type();
  };
  // Not inside the observer's own reading: nobody types in the middle of another one's transaction.
  const stop = watch(observer, typists, (typist) => {
    arrived += 1;
    free.push(typist);
    turn ??= setImmediate(typeAgain);
  });
  for (const typist of typists) for (let edit = 0; edit < UNACKNOWLEDGED; edit += 1) typist.type();
  await wait(WARM_UP_MS);
  const [before, startedAt] = [arrived, performance.now()];
  await wait(ms);
  const perSecond = ((arrived - before) * 1000) / (performance.now() - startedAt);
  stop();
  if (turn !== null) clearImmediate(turn);
  for (const client of clients) client.destroy();
  await allCut();
  return perSecond;
}

export async function benchThroughput(round: Round, size: BenchSize): Promise<readonly BenchRow[]> {
  const readings = createReadings();
  for (let run = 0; run < round.runs; run += 1) {
    for (const kind of turns(round.kinds, run)) {
      await withBoth(kind, async ({ target }, worker) => {
        const task: ThroughputTask = { target, ms: size.throughputMs, seed: size.seed + run };
        readings.add(kind, await worker.ask<number>('throughput', task));
      });
    }
  }
  const what = `${String(TYPISTS)} typists with ${String(UNACKNOWLEDGED)} unacknowledged each`;
  const ours = { what, unit: 'edits/s', value: readings.of('ours') };
  return [
    ...comparedRow({ ...ours, beside: 'hocuspocus', besideValue: readings.of('hocuspocus'), goal: '>= 1', holds: atLeast(1) }),
    ...otherRows(round, what, 'edits/s', (kind) => readings.of(kind)),
  ]; // prettier-ignore
}
