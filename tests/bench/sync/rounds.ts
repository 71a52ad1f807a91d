import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchRow, percentile } from '../report.ts';
import { SERVER_NAMES, startServer, type Server, type ServerKind } from './servers.ts';
import { startWorker, type Worker } from './worker.ts';

/** What every part is given. */
export interface Round {
  readonly kinds: readonly ServerKind[];
  readonly runs: number;
}

/** The servers' turns in a run: each is first once, so that none always meets the machine at its warmest. */
export function turns(kinds: readonly ServerKind[], run: number): readonly ServerKind[] {
  const by = run % kinds.length;
  return [...kinds.slice(by), ...kinds.slice(0, by)];
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The process that holds all clients. The same program for every server, fresh for each. */
export function startClients(): Worker {
  return startWorker(join(import.meta.dirname, 'client.ts'));
}

export async function withFolder<Value>(work: (folder: string) => Promise<Value>): Promise<Value> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-sync-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function withServer<Value>(kind: ServerKind, folder: string, work: (server: Server) => Promise<Value>) {
  const server = await startServer(kind, folder);
  try {
    return await work(server);
  } finally {
    await server.kill();
  }
}

export async function withClients<Value>(work: (clients: Worker) => Promise<Value>): Promise<Value> {
  const clients = startClients();
  try {
    return await work(clients);
  } finally {
    await clients.kill();
  }
}

/** One server with nothing on its disk, and its clients. */
export async function withBoth<Value>(kind: ServerKind, work: (server: Server, clients: Worker) => Promise<Value>) {
  return withFolder((folder) => withServer(kind, folder, (server) => withClients((clients) => work(server, clients))));
}

/** Readings by what was read, one of each run. */
export function createReadings() {
  const readings = new Map<string, number[]>();
  return {
    add(name: string, value: number): void {
      const values = readings.get(name) ?? [];
      readings.set(name, values);
      values.push(value);
    },
    all: (name: string): readonly number[] => readings.get(name) ?? [],
    /** The median of the runs; null when it was never read. */
    of(name: string): number | null {
      const values = readings.get(name);
      return values === undefined ? null : median(values);
    },
  };
}

export type Readings = ReturnType<typeof createReadings>;

const PLAIN = { against: null, ratio: null, goal: '', met: null };

export function plainRow(what: string, value: number | null, unit: string): readonly BenchRow[] {
  return value === null ? [] : [{ ...PLAIN, what: `sync: ${what}`, value, unit }];
}

export interface Comparison {
  readonly what: string;
  readonly unit: string;
  readonly value: number | null;
  readonly beside: ServerKind;
  readonly besideValue: number | null;
  /** In words, beside the ratio; `holds` judges the ratio. */
  readonly goal: string;
  readonly holds: (ratio: number) => boolean;
}

/** Our figure as a ratio to another server's. Where that one was not measured, the goal is not judged, and says so. */
export function comparedRow({ what, unit, value, beside, besideValue, goal, holds }: Comparison): readonly BenchRow[] {
  if (value === null) return [];
  const name = `sync: ${what}`;
  if (besideValue === null) {
    return [{ ...PLAIN, what: name, value, unit, goal: `${goal} (${SERVER_NAMES[beside]} not measured)` }];
  }
  const ratio = value / besideValue;
  return [{ what: name, value, unit, against: SERVER_NAMES[beside], ratio, goal, met: holds(ratio) }];
}

/** What the others measured, without a goal. */
export function otherRows(round: Round, what: string, unit: string, valueOf: (kind: ServerKind) => number | null) {
  return round.kinds
    .filter((kind) => kind !== 'ours')
    .flatMap((kind) => plainRow(`${what}, ${SERVER_NAMES[kind]}`, valueOf(kind), unit));
}

export const atMost =
  (limit: number) =>
  (ratio: number): boolean =>
    ratio <= limit;
export const below =
  (limit: number) =>
  (ratio: number): boolean =>
    ratio < limit;
export const atLeast =
  (limit: number) =>
  (ratio: number): boolean =>
    ratio >= limit;
