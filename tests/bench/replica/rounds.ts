import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { BenchRow } from '../report.ts';
import { startWorker, type Worker } from '../sync/worker.ts';

type ProcessKind = 'host' | 'bare';

/** Far above what any part takes: something that never arrives is a finding, and no reason to wait for ever. */
const GIVE_UP_MS = 20 * 60_000;

/** Starts so many processes, lets them work, and ends them whatever happens, or does not. */
export async function withProcesses<const Kinds extends readonly ProcessKind[], Value>(
  kinds: Kinds,
  work: (...processes: { -readonly [Place in keyof Kinds]: Worker }) => Promise<Value>,
): Promise<Value> {
  const processes = kinds.map((kind) => startWorker(join(import.meta.dirname, `${kind}-process.ts`)));
  const limit = new AbortController();
  const giveUp = wait(GIVE_UP_MS, null, { signal: limit.signal }).then(() => {
    throw new Error('what was waited for did not come');
  });
  try {
    return await Promise.race([work(...(processes as { -readonly [Place in keyof Kinds]: Worker })), giveUp]);
  } finally {
    giveUp.catch(() => undefined);
    limit.abort();
    await Promise.all(processes.map((one) => one.kill()));
  }
}

export const MEGABYTE = 1024 * 1024;

export interface Floor {
  readonly name: string;
  /** Ours divided by it. */
  readonly ratio: number | null;
}

/** A figure without a goal, beside its floor where it has one. */
export function row(what: string, value: number | null, unit: string, floor?: Floor): BenchRow {
  const against = { against: floor?.name ?? null, ratio: floor?.ratio ?? null };
  return { what: `replica: ${what}`, value: value ?? 0, unit, ...against, goal: '', met: null };
}

export function withGoal(measured: BenchRow, most: number): BenchRow {
  return { ...measured, goal: `<= ${String(most)} ${measured.unit}`, met: measured.value <= most };
}
