import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathsOf } from '../../../src-main/app/data-folder.ts';
import type { BenchRow } from '../report.ts';
import { createReadings, withFolder, type Readings } from '../sync/rounds.ts';
import type { Worker } from '../sync/worker.ts';
import type { Joined } from './host-process.ts';
import { type LoopGaps, watchLoop } from './pace.ts';
import { MEGABYTE, row, withGoal, withProcesses } from './rounds.ts';
import type { Seeded } from './seed.ts';
import type { ReplicaBenchSize } from './size.ts';

/** So long nobody notices that a host has something else to do. */
const LONGEST_GAP_MS = 100;
const SETTLE_MS = 500;

const FLOOR = 'verifying, inserting and sending, bare, one after the other';

/** An empty host joins one that holds a long room, over one socket; both on SQLite, each in its own process. */
export async function benchJoin(size: ReplicaBenchSize): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const events of size.joinEvents) rows.push(...(await withFolder((folder) => benchSize(folder, events, size))));
  return rows;
}

async function benchSize(folder: string, events: number, { runs }: ReplicaBenchSize): Promise<readonly BenchRow[]> {
  const readings = createReadings();
  const home = join(folder, 'founder');
  mkdirSync(home);
  const seeded = await withProcesses(['host'], (seeder) => seeder.ask<Seeded>('seed', { folder: home, events }));
  await withProcesses(['host'], async (server) => {
    await server.ask('open', { folder: home, machine: 'founder', workspaceId: null });
    const port = await server.ask<number>('listen');
    await server.ask('meet', { trusted: 'desktop', port: null });
    const expected = await server.ask<string>('fold', seeded);
    for (let run = 0; run < runs; run += 1) {
      const fresh = join(folder, `run-${String(run)}`);
      mkdirSync(fresh);
      const floorMs = await readFloors(pathsOf(home).roomFile(seeded.roomId), fresh, events, readings);
      await readJoin(server, { ...seeded, port, folder: join(fresh, 'desktop'), expected }, floorMs, readings);
    }
  });
  return rowsOf(`join of ${String(events)} events`, readings);
}

async function readFloors(file: string, folder: string, events: number, readings: Readings) {
  return withProcesses(['bare', 'bare'], async (one, other) => {
    const verifyMs = await one.ask<number>('verify', { file });
    const insertMs = await one.ask<number>('insert', { file, folder });
    const port = await other.ask<number>('receive');
    const sent = await one.ask<{ ms: number; bytes: number }>('send', { file, port });
    const perSecond = (ms: number): number => (events * 1000) / ms;
    readings.add('bare verify', perSecond(verifyMs));
    readings.add('bare inserts', perSecond(insertMs));
    readings.add('bare sending', sent.bytes / MEGABYTE / (sent.ms / 1000));
    return { verifyMs, allMs: verifyMs + insertMs + sent.ms };
  });
}

interface Joining extends Seeded {
  readonly port: number;
  readonly folder: string;
  readonly expected: string;
}

async function readJoin(
  server: Worker,
  { workspaceId, roomId, events, port, folder, expected }: Joining,
  floor: { readonly verifyMs: number; readonly allMs: number },
  readings: Readings,
): Promise<void> {
  mkdirSync(folder);
  await withProcesses(['host'], async (joiner) => {
    await joiner.ask('open', { folder, machine: 'desktop', workspaceId });
    await wait(SETTLE_MS);
    await server.ask('watch');
    const endIdleWatch = watchLoop();
    const joined = await joiner.ask<Joined>('join', { trusted: 'founder', port, roomId, events });
    const served = await server.ask<LoopGaps>('gaps');
    readings.add('idle gap', endIdleWatch().longest);
    readings.add('gap', served.longest);
    readings.add('work', served.mostWork);
    const fold = await joiner.ask<string>('fold', { roomId });
    if (fold !== expected) throw new Error('the room that was joined is not the one that was held');
    readings.add('join', joined.ms);
    readings.add('verified', (events * 1000) / joined.ms);
    readings.add('join ratio', joined.ms / floor.allMs);
    readings.add('verified ratio', floor.verifyMs / joined.ms);
    readings.add('processor', joined.processorMs);
    readings.add('own gap', joined.gaps.longest);
    readings.add('own work', joined.gaps.mostWork);
    readings.add('most', joined.rss.most - joined.rss.before);
    readings.add('after', joined.rss.after - joined.rss.before);
    readings.add('kept', joined.kept);
  });
}

function rowsOf(join: string, readings: Readings): readonly BenchRow[] {
  const of = (name: string): number => readings.of(name) ?? 0;
  const idle = { name: 'a process that does nothing', ratio: of('gap') / of('idle gap') };
  const gap = row(`${join}, longest gap of the serving host's loop`, of('gap'), 'ms', idle);
  return [
    row(`${join}, held and folded`, of('join') / 1000, 's', { name: FLOOR, ratio: of('join ratio') }),
    row(`${join}, verified`, of('verified'), '/s', { name: 'bare crypto.verify', ratio: of('verified ratio') }),
    row(`${join}, time of the processors`, of('processor') / 1000, 's'),
    row(`${join}, most memory above the start`, of('most') / MEGABYTE, 'MB'),
    row(`${join}, memory above the start afterwards`, of('after') / MEGABYTE, 'MB'),
    row(`${join}, of which still in use`, of('kept') / MEGABYTE, 'MB'),
    withGoal(gap, LONGEST_GAP_MS),
    row(`${join}, most that this loop worked in one gap`, of('work'), 'ms'),
    row(`${join}, longest gap of the joining host's loop`, of('own gap'), 'ms'),
    row(`${join}, most that this one worked in one gap`, of('own work'), 'ms'),
    row(`${join}, bare crypto.verify of its signatures`, of('bare verify'), '/s'),
    row(`${join}, bare inserts of its rows, 250 in a commit`, of('bare inserts'), '/s'),
    row(`${join}, bare sending of its bytes`, of('bare sending'), 'MB/s'),
  ];
}
