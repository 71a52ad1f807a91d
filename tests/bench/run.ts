// npm run bench: prints a table and writes out/bench.json; npm run bench -- sync [PART …] measures the co-editing server
// alone, npm run bench -- replica [PART …] hosts among each other, and they write out/bench-sync.json and
// out/bench-replica.json. Ratios are against a floor measured in the same run, because machines are shared and noisy.
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { build } from '../../scripts/build.mjs';
import { benchBrowser } from './browser.ts';
import { benchFold } from './fold.ts';
import { benchImport } from './import.ts';
import { benchIntake } from './intake.ts';
import { measureLogAppend } from './log-append.ts';
import { benchMatch } from './match.ts';
import { benchMonitor } from './monitor.ts';
import { benchReplica } from './replica/bench.ts';
import { type BenchRow, table } from './report.ts';
import { benchSearch } from './search.ts';
import { benchSentiment } from './sentiment.ts';
import { benchCrises } from './spike/crises.ts';
import { benchLabelledSeries } from './spike/labelled.ts';
import { benchQuiet } from './spike/quiet.ts';
import { benchSync } from './sync/bench.ts';

/** How long the intake is kept at its rate. */
const INTAKE_SECONDS = 60;
const OUT = join(import.meta.dirname, '../../out');

/** What can be measured alone, by name. */
const ALONE: Readonly<Record<string, (args: readonly string[]) => Promise<readonly BenchRow[]>>> = {
  sync: benchSync,
  replica: benchReplica,
};

const [only = '', ...args] = process.argv.slice(2);
const alone = ALONE[only];
const load = loadavg()[0] ?? 0;
const rows = await (alone ? alone(args) : benchAll());
process.stdout.write(`${table(rows)}\n\nload of the machine at the start: ${load.toFixed(2)}\n`);
mkdirSync(OUT, { recursive: true });
const file = alone ? `bench-${only}.json` : 'bench.json';
writeFileSync(join(OUT, file), `${JSON.stringify({ at: new Date().toISOString(), load, rows }, null, 2)}\n`);

async function benchAll(): Promise<readonly BenchRow[]> {
  if (!(await build())) process.exit(1);
  const append = measureLogAppend();
  return [
    {
      what: 'log appends, acknowledged',
      value: append.appendsPerSecond,
      unit: '/s',
      against: 'bare FULL commits',
      ratio: append.ratio,
      goal: '>= 0.5',
      met: append.ratio >= 0.5,
    },
    ...benchFold(),
    ...(await benchImport()),
    ...(await benchLabelledSeries()),
    ...benchCrises(),
    ...(await benchQuiet()),
    ...benchMatch(),
    ...benchSentiment(),
    ...(await benchIntake(INTAKE_SECONDS)),
    ...benchSearch(),
    ...(await benchBrowser()),
    ...(await benchMonitor()),
    ...(await benchSync()),
    ...(await benchReplica()),
  ];
}
