import { mutateBytes } from './byte-mutations.ts';
import type { Draws } from './draws.ts';

/** Values as JSON may bring them, the awkward ones among them. */
export function drawJson(draws: Draws, depth = 3): unknown {
  const leaves = [
    () => draws.number(),
    () => -draws.number(),
    () => draws.unit(),
    () => draws.word(),
    () => null,
    () => draws.chance(0.5),
    () => 'x'.repeat(draws.below(300)),
  ];
  if (depth === 0 || draws.chance(0.6)) return draws.pick(leaves)();
  const values = Array.from({ length: draws.below(4) }, () => drawJson(draws, depth - 1));
  return draws.chance(0.5) ? values : Object.fromEntries(values.map((value) => [draws.word(), value]));
}

/** Text that is no JSON, or is such as no program of ours would write. */
export function drawOddText(draws: Draws): string {
  return draws.pick<() => string>([
    () => '',
    () => draws.word(),
    () => Buffer.from(draws.bytes(draws.below(40))).toString('latin1'),
    () => JSON.stringify(drawJson(draws)),
    () => '['.repeat(10_000) + ']'.repeat(10_000),
    () => `{"a":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`,
    () => '{"__proto__":{"polluted":true}}',
    () => '{"kind":"invoke","id":1e400,"endpoint":"echo"}',
    () => '{"kind":"invoke","id":1,"id":2,"endpoint":"echo"}',
    () => '\ufeff{"kind":"unsubscribe","id":1}',
    () => 'GET / HTTP/1.1',
    () => '\u0000',
  ])();
}

export function damageText(draws: Draws, text: string): string {
  return Buffer.from(mutateBytes(draws, Buffer.from(text), [Buffer.from(drawOddText(draws))])).toString('utf8');
}
