import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchRow, percentile } from '../report.ts';
import { createReadings, withFolder, type Readings } from '../sync/rounds.ts';
import type { Worker } from '../sync/worker.ts';
import { row, withGoal, withProcesses } from './rounds.ts';
import type { Seeded } from './seed.ts';
import type { ReplicaBenchSize } from './size.ts';

// Three processes in a row: what is written at the first goes through a relay in the middle to the last.

const EVERY_MS = 50;
const WARM_UP_EVERY_MS = 10;
const GOAL_MS = 30;
/** A frame with one event, about. */
const FRAME_BYTES = 1100;
const SHARES = ['p50', 'p99'] as const;
const FLOOR = 'three syncs and two hops, bare';

export async function benchRelay(size: ReplicaBenchSize): Promise<readonly BenchRow[]> {
  const readings = createReadings();
  for (let run = 0; run < size.runs; run += 1) {
    await withFolder((folder) => readBare(folder, size.appends, 'bare', readings));
    await readBare(null, size.appends, 'hops', readings);
    await withFolder((folder) => readOurs(folder, size, readings));
  }
  return rowsOf(readings);
}

/** A page written and synced at each of the three, and a message from each to the next; the messages alone without it. */
async function readBare(folder: string | null, count: number, name: string, readings: Readings): Promise<void> {
  await withProcesses(['bare', 'bare', 'bare'], async (first, relay, last) => {
    let next: number | null = null;
    for (const [place, one] of [last, relay, first].entries()) {
      const own = folder === null ? null : join(folder, String(place));
      if (own !== null) mkdirSync(own);
      next = await one.ask<number>('hop', { next, folder: own });
    }
    const pass = async (messages: number, everyMs: number): Promise<readonly number[]> => {
      const [arrived, begun] = await Promise.all([
        last.ask<readonly number[]>('arrivals', { count: messages }),
        first.ask<readonly number[]>('pass', { count: messages, everyMs, bytes: FRAME_BYTES }),
      ]);
      return between(begun, arrived);
    };
    await pass(Math.ceil(count / 3), WARM_UP_EVERY_MS);
    add(readings, name, await pass(count, EVERY_MS));
  });
}

async function readOurs(folder: string, size: ReplicaBenchSize, readings: Readings): Promise<void> {
  const homes = ['founder', 'relay', 'desktop'].map((name) => join(folder, name));
  for (const home of homes) mkdirSync(home);
  const [home = ''] = homes;
  const seeded = await withProcesses(['host'], (seeder) =>
    seeder.ask<Seeded>('seed', { folder: home, events: size.heldEvents }),
  );
  await withProcesses(['host', 'host', 'host'], async (founder, relay, desktop) => {
    await meet([founder, relay, desktop], homes, seeded);
    const line = { first: founder, last: desktop, roomId: seeded.roomId };
    await appendThrough(line, size.warmUpAppends, WARM_UP_EVERY_MS);
    const { appended, acknowledged } = await appendThrough(line, size.appends, EVERY_MS);
    add(readings, 'append', appended);
    add(readings, 'acknowledged', acknowledged);
    add(readings, 'key', await typeThrough(line, size.keystrokes));
    const [held, came] = await Promise.all([founder, desktop].map((one) => one.ask<string>('fold', seeded)));
    if (held !== came) throw new Error('the room behind the relay is not the one that was written');
  });
}

/** Both follow the relay, the one that holds the room first. */
async function meet(
  [founder, relay, desktop]: readonly [Worker, Worker, Worker],
  homes: readonly string[],
  seeded: Seeded,
): Promise<void> {
  const { workspaceId } = seeded;
  await founder.ask('open', { folder: homes[0], machine: 'founder', workspaceId: null });
  await relay.ask('open', { folder: homes[1], machine: 'relay', workspaceId });
  await desktop.ask('open', { folder: homes[2], machine: 'desktop', workspaceId });
  const port = await relay.ask<number>('listen');
  await relay.ask('meet', { trusted: 'founder', port: null });
  await founder.ask('meet', { trusted: 'relay', port });
  await relay.ask('held', seeded);
  await desktop.ask('meet', { trusted: 'relay', port });
  await desktop.ask('held', seeded);
}

interface Line {
  readonly first: Worker;
  readonly last: Worker;
  readonly roomId: Seeded['roomId'];
}

async function appendThrough({ first, last, roomId }: Line, count: number, everyMs: number) {
  const [arrived, written] = await Promise.all([
    last.ask<readonly number[]>('arrivals', { roomId, count }),
    first.ask<readonly { at: number; acknowledgedAt: number }[]>('append', { roomId, count, everyMs }),
  ]);
  const begun = written.map(({ at }) => at);
  return {
    appended: between(begun, arrived),
    acknowledged: written.map(({ at, acknowledgedAt }) => acknowledgedAt - at),
  };
}

async function typeThrough({ first, last, roomId }: Line, count: number): Promise<readonly number[]> {
  const [arrived, begun] = await Promise.all([
    last.ask<readonly number[]>('letters', { roomId, count }),
    first.ask<readonly number[]>('type', { roomId, count, everyMs: EVERY_MS }),
  ]);
  return between(begun, arrived);
}

function between(begun: readonly number[], arrived: readonly number[]): readonly number[] {
  return begun.map((at, turn) => (arrived[turn] ?? Number.POSITIVE_INFINITY) - at);
}

function add(readings: Readings, name: string, latencies: readonly number[]): void {
  readings.add(`${name} p50`, percentile(latencies, 0.5));
  readings.add(`${name} p99`, percentile(latencies, 0.99));
}

function rowsOf(readings: Readings): readonly BenchRow[] {
  const append = 'append to visible on another host through a relay';
  const key = 'keystroke to visible on another host through a relay';
  const of = (name: string): number => readings.of(name) ?? 0;
  const floor = (name: string, share: string) => ({ name: FLOOR, ratio: of(`${name} ${share}`) / of(`bare ${share}`) });
  const each = (what: string, name: string) =>
    SHARES.map((share) => row(`${what}, ${share}`, of(`${name} ${share}`), 'ms'));
  return [
    row(`${append}, p50`, of('append p50'), 'ms', floor('append', 'p50')),
    withGoal(row(`${append}, p99`, of('append p99'), 'ms', floor('append', 'p99')), GOAL_MS),
    ...SHARES.map((share) => row(`${key}, ${share}`, of(`key ${share}`), 'ms', floor('key', share))),
    ...each('append, acknowledged where it was made', 'acknowledged'),
    ...each('a 4 kB write and sync at each of three, and two hops, bare', 'bare'),
    ...each('two hops of the same size, bare', 'hops'),
  ];
}
