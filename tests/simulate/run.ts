// npm run simulate -- [--seeds N] [--from N] [--plant NAME] [--signatures ed25519] [--trace]
//
// Simulates that many seeds and ends with 1 if something did not hold in one of them; the command that it prints brings
// that one back, with everything that happened in it. With a planted fault it is the other way round: it stops at the
// first seed that finds the fault, and ends with 1 if none does.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isPlant, PLANTS } from './plants.ts';
import { simulate, type TimedOutcome } from './simulate.ts';

const MOST_SHOWN = 5;
const SAY_EVERY_MS = 10_000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string' },
    plant: { type: 'string' },
    signatures: { type: 'string' },
    workers: { type: 'string' },
    trace: { type: 'boolean' },
  },
});
const from = wholeNumber(values.from, 1);
const seeds = wholeNumber(values.seeds, 1_000);
const workers = wholeNumber(values.workers, Math.min(2, availableParallelism()));
const plant = values.plant === undefined ? null : isPlant(values.plant) ? values.plant : unknownPlant(values.plant);
const signatures = values.signatures === 'ed25519' ? 'ed25519' : 'keyed-hash';

const startedAt = performance.now();
let saidAt = startedAt;
let done = 0;
let events = 0;
let batches = 0;
let happened = 0;
let slowest = { seed: from, ms: 0 };
const failed = await simulate({ from, seeds, plant, signatures, workers, untilFound: plant !== null, onOutcome });
const seconds = (performance.now() - startedAt) / 1000;

for (const outcome of plant === null ? failed.slice(0, MOST_SHOWN) : failed.slice(0, 1)) show(outcome);
say(`${done} seeds from ${from}${plant === null ? '' : ` with ${plant}`}, signatures: ${signatures}`);
say(`  ${seconds.toFixed(1)} s, ${(done / seconds).toFixed(1)} seeds/s in ${workers} threads`);
say(
  `  ${events} events, ${batches} batches of texts, ${happened} things happened; the slowest: seed ${slowest.seed}, ${slowest.ms.toFixed(0)} ms`,
);
if (plant === null) {
  say(
    failed.length === 0
      ? '  passed'
      : `  FAILED: ${failed.length} seeds, ${failed
          .slice(0, 20)
          .map(({ seed }) => seed)
          .join()}`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
} else {
  const [first] = failed;
  say(first ? `  found: ${counted(first.seed - from + 1)} needed` : '  FAILED: not found');
  process.exitCode = first ? 0 : 1;
}

function onOutcome(outcome: TimedOutcome): void {
  done += 1;
  events += outcome.events;
  batches += outcome.batches;
  happened += outcome.happened;
  if (outcome.ms > slowest.ms) slowest = outcome;
  if (performance.now() - saidAt < SAY_EVERY_MS) return;
  saidAt = performance.now();
  say(`${done} of ${seeds} seeds, ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}

function show({ seed, problems, story }: TimedOutcome): void {
  say(`seed ${seed}:`);
  for (const problem of problems.slice(0, MOST_SHOWN)) say(`  ${problem}`);
  if (problems.length > MOST_SHOWN) say(`  and ${problems.length - MOST_SHOWN} more`);
  const planted = plant === null ? '' : ` --plant ${plant}`;
  const signed = signatures === 'ed25519' ? ' --signatures ed25519' : '';
  say(`  again: npm run simulate -- --from ${seed} --seeds 1${planted}${signed} --trace`);
  if (values.trace === true) for (const line of story) say(`  ${line}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function wholeNumber(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  return Number.isSafeInteger(number) && number >= 0 ? number : fail(`${text} is no whole number.`);
}

function unknownPlant(name: string): never {
  return fail(`There is no fault ${name} to plant; there are ${Object.keys(PLANTS).join(', ')}.`);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

function counted(needed: number): string {
  return needed === 1 ? '1 seed was' : `${needed} seeds were`;
}
