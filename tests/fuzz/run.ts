// npm run fuzz -- [--protocol NAME] [--seed N] [--frames N]
//
// Sends a million hostile frames to each protocol, a hundredth of it where each goes through a real WebSocket. Ends with
// 1 if anything crashed, hung, lost an honest keystroke or kept memory; the seed that it prints brings the failure back.
import { parseArgs } from 'node:util';
import { PROTOCOL_NAMES, type FuzzReport, type ProtocolName } from './report.ts';
import { againWith, superviseFuzz } from './supervise.ts';

const { values } = parseArgs({
  options: { protocol: { type: 'string' }, seed: { type: 'string' }, frames: { type: 'string' } },
});
const wanted = PROTOCOL_NAMES.filter((name) => values.protocol === undefined || name === values.protocol);
const seed = wholeNumber(values.seed, Math.floor(Math.random() * 1_000_000));
const frames = wholeNumber(values.frames, 1_000_000);
if (wanted.length === 0) fail(`There is no protocol ${values.protocol}; there are ${PROTOCOL_NAMES.join(', ')}.`);

for (const protocol of wanted) {
  const count = protocol === 'websocket' && values.protocol === undefined ? Math.ceil(frames / 100) : frames;
  process.stdout.write(`${protocol}: ${count} frames from seed ${seed} …\n`);
  show(protocol, await superviseFuzz({ protocol, seed, frames: count }), count);
}

function show(protocol: ProtocolName, { problem, seconds, memory, slowest, counts }: FuzzReport, count: number): void {
  const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
  process.stdout.write(
    [
      `  ${seconds.toFixed(0)} s, ${((seconds / count) * 100_000).toFixed(0)} s per 100,000`,
      `  memory in use ${megabytes(memory.before)} before, ${megabytes(memory.after)} after`,
      ...counts.map(([name, times]) => `  ${name}: ${times}`),
      '  slowest:',
      ...slowest.map(
        ({ ms, epochSeed, frame, what }) => `    ${ms.toFixed(0)} ms: seed ${epochSeed}, frame ${frame}, ${what}`,
      ),
      problem === null ? '  passed' : `  FAILED: ${problem}\n  again: ${againWith(protocol, problem)}`,
      '',
    ].join('\n'),
  );
  if (problem !== null) process.exitCode = 1;
}

function wholeNumber(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  return Number.isSafeInteger(number) && number >= 0 ? number : fail(`${text} is no whole number.`);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
