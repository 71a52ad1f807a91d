// npm run bench -- sync [PART …] [--quick]: the co-editing server beside its peers.
import type { BenchRow } from '../report.ts';
import { whole } from '../whole.ts';
import { benchJoin } from './join.ts';
import { benchKill } from './kill.ts';
import { benchLatency } from './latency.ts';
import { benchMemory } from './memory.ts';
import { installPeers } from './peers.ts';
import { withFolder, withServer, type Round } from './rounds.ts';
import { SERVER_NAMES, type ServerKind } from './servers.ts';
import { FULL, QUICK, type BenchSize } from './size.ts';
import { benchStorm } from './storm.ts';
import { benchThroughput } from './throughput.ts';

const PARTS: Readonly<Record<string, (round: Round, size: BenchSize) => Promise<readonly BenchRow[]>>> = {
  latency: benchLatency,
  throughput: benchThroughput,
  join: benchJoin,
  storm: benchStorm,
  memory: benchMemory,
  kill: benchKill,
};

/**
 * Parts by name, all of them without one. `--quick` only shows that it works; `--peers-million` lets the peers join
 * the longest document too, which takes them minutes.
 */
export async function benchSync(args: readonly string[] = []): Promise<readonly BenchRow[]> {
  const flags = args.filter((arg) => arg.startsWith('--'));
  const unknown = [
    ...args.filter((arg) => !arg.startsWith('--') && !(arg in PARTS)),
    ...flags.filter((flag) => flag !== '--quick' && flag !== '--peers-million'),
  ];
  if (unknown.length > 0)
    throw new Error(`No such part: ${unknown.join(', ')}. There are ${Object.keys(PARTS).join(', ')}.`);
  const base = flags.includes('--quick') ? QUICK : FULL;
  const size = flags.includes('--peers-million') ? { ...base, peerJoinEdits: Math.max(...base.joinEdits) } : base;
  const kinds: readonly ServerKind[] = ['ours', ...(await startablePeers()), 'relay'];
  process.stderr.write(`Co-editing, seed ${String(size.seed)}, median of ${String(size.runs)} runs.\n`);
  const rows: BenchRow[] = [];
  for (const [name, part] of Object.entries(PARTS)) {
    if (args.some((arg) => arg in PARTS) && !args.includes(name)) continue;
    const startedAt = performance.now();
    rows.push(...(await whole(`sync: ${name}`, () => part({ kinds, runs: size.runs }, size))));
    process.stderr.write(`  … ${name}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`);
  }
  return rows;
}

/** Those that can be installed and start on this machine; of each other one a sentence says that it is missing. */
async function startablePeers(): Promise<readonly ServerKind[]> {
  const refused = await installPeers();
  if (refused !== null) {
    process.stderr.write(`${refused}\n`);
    return [];
  }
  const startable: ServerKind[] = [];
  for (const kind of ['y-websocket', 'hocuspocus'] as const) {
    try {
      await withFolder((folder) => withServer(kind, folder, async () => void startable.push(kind)));
    } catch (error) {
      process.stderr.write(`${SERVER_NAMES[kind]} does not start here and is left out: ${String(error)}\n`);
    }
  }
  return startable;
}
