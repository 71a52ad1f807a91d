import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchRow, percentile } from '../report.ts';
import { allCut, createClients } from './clients.ts';
import {
  atMost,
  below,
  comparedRow,
  createReadings,
  otherRows,
  plainRow,
  turns,
  withBoth,
  type Round,
} from './rounds.ts';
import { documentNamed, type Target } from './servers.ts';
import type { BenchSize } from './size.ts';
import { createTypist, typeAndWatch } from './typing.ts';

/** Of all typists together: what a handful of people reach who write at once. */
const EDITS_PER_SECOND = 60;
const MOST_TYPISTS = 5;
/** A host is no process that has just begun: what its compiler does in its first seconds is nobody's keystroke. */
const WARM_UP = { edits: 500, perSecond: 200 };

interface LatencyTask {
  readonly target: Target;
  readonly document: string;
  readonly clients: number;
  readonly edits: number;
  readonly seed: number;
}

interface LatencyReading {
  readonly p50: number;
  readonly p99: number;
}

/** In the clients' process. The observer came last, so it is served last too. */
export async function readLatency({ target, document, edits, seed, ...task }: LatencyTask): Promise<LatencyReading> {
  const clients = await (await createClients(target)).connectMany(document, task.clients);
  const [observer, ...others] = clients.toReversed();
  if (observer === undefined) throw new Error('nobody observes');
  const typists = others.slice(0, MOST_TYPISTS).map((client, at) => createTypist(client, seed + at));
  await typeAndWatch(typists, observer, { ...WARM_UP, seed });
  const latencies = await typeAndWatch(typists, observer, { edits, perSecond: EDITS_PER_SECOND, seed: seed + 1 });
  for (const client of clients) client.destroy();
  await allCut();
  return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
}

/** What a disk takes to keep a page of 4 kB, as often as somebody types: nobody who commits before relaying is faster. */
async function readDisk(commits: number): Promise<LatencyReading> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-disk-'));
  const file = openSync(join(folder, 'pages'), 'w');
  const page = Buffer.alloc(4096, 1);
  const latencies: number[] = [];
  for (let written = 0; written < commits; written += 1) {
    await sleep(1000 / EDITS_PER_SECOND);
    const began = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    latencies.push(performance.now() - began);
  }
  closeSync(file);
  rmSync(folder, { recursive: true });
  return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
}

/** Keystroke to visible in another client, with more and more clients in the document. */
export async function benchLatency(round: Round, size: BenchSize): Promise<readonly BenchRow[]> {
  const readings = createReadings();
  for (let run = 0; run < round.runs; run += 1) {
    const disk = await readDisk(size.latencyEdits);
    readings.add('disk p50', disk.p50);
    readings.add('disk p99', disk.p99);
    for (const clients of size.latencyClients) {
      // What is compared is measured right one after the other: the machine may have other things to do.
      for (const kind of turns(round.kinds, run)) {
        const { p50, p99 } = await withBoth(kind, ({ target }, worker) => {
          const document = documentNamed(`latency-${String(clients)}`);
          const task: LatencyTask = { target, document, clients, edits: size.latencyEdits, seed: size.seed + run };
          return worker.ask<LatencyReading>('latency', task);
        });
        readings.add(`${kind} ${String(clients)} p50`, p50);
        readings.add(`${kind} ${String(clients)} p99`, p99);
      }
    }
  }
  const diskRows = (['p50', 'p99'] as const).flatMap((share) =>
    plainRow(`a bare 4 kB write and sync at that pace, ${share}`, readings.of(`disk ${share}`), 'ms'),
  );
  const clientRows = size.latencyClients.flatMap((clients) => {
    const what = `keystroke to visible, ${String(clients)} clients`;
    const of = (kind: string, share: 'p50' | 'p99') => readings.of(`${kind} ${String(clients)} ${share}`);
    const ours = { what: `${what}, p99`, unit: 'ms', value: of('ours', 'p99') };
    return [
      ...plainRow(`${what}, p50`, of('ours', 'p50'), 'ms'),
      ...otherRows(round, `${what}, p50`, 'ms', (kind) => of(kind, 'p50')),
      ...comparedRow({ ...ours, beside: 'y-websocket', besideValue: of('y-websocket', 'p99'), goal: '<= 1.2', holds: atMost(1.2) }),
      ...comparedRow({ ...ours, beside: 'hocuspocus', besideValue: of('hocuspocus', 'p99'), goal: '< 1', holds: below(1) }),
      ...comparedRow({ ...ours, beside: 'relay', besideValue: of('relay', 'p99'), goal: '', holds: () => true }).map((row) => ({ ...row, met: null })),
      ...otherRows(round, `${what}, p99`, 'ms', (kind) => of(kind, 'p99')),
    ];
  }); // prettier-ignore
  return [...diskRows, ...clientRows];
}
