// npm run bench -- replica [PART …] [--quick]: hosts that join, and what goes from one to another.
import type { BenchRow } from '../report.ts';
import { whole } from '../whole.ts';
import { benchJoin } from './join.ts';
import { benchRelay } from './relay.ts';
import { FULL, QUICK, type ReplicaBenchSize } from './size.ts';

const PARTS: Readonly<Record<string, (size: ReplicaBenchSize) => Promise<readonly BenchRow[]>>> = {
  join: benchJoin,
  relay: benchRelay,
};

/** Parts by name, all of them without one. `--quick` only shows that it works. */
export async function benchReplica(args: readonly string[] = []): Promise<readonly BenchRow[]> {
  const unknown = args.filter((arg) => arg !== '--quick' && !(arg in PARTS));
  if (unknown.length > 0)
    throw new Error(`No such part: ${unknown.join(', ')}. There are ${Object.keys(PARTS).join(', ')}.`);
  const size = args.includes('--quick') ? QUICK : FULL;
  process.stderr.write(`Replicas, median of ${String(size.runs)} runs.\n`);
  const rows: BenchRow[] = [];
  for (const [name, part] of Object.entries(PARTS)) {
    if (args.some((arg) => arg in PARTS) && !args.includes(name)) continue;
    const startedAt = performance.now();
    rows.push(...(await whole(`replica: ${name}`, () => part(size))));
    process.stderr.write(`  … ${name}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`);
  }
  return rows;
}
