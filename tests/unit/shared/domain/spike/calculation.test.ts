import { expect, test } from 'vitest';
import { deviationAt, rarityOf, recompute, SpikeCalculation } from '../../../../../shared/domain/spike/calculation.ts';
import { countAt, normalBand, stabilised } from '../../../../../shared/domain/spike/counts.ts';
import { logUpperTail, upperQuantile } from '../../../../../shared/domain/spike/negative-binomial.ts';
import { burst, CRISIS, HOUR, MINUTE, run, taught } from './traffic.ts';

test('[SPK27] every recorded rarity can be computed again from its calculation, also out of the log', () => {
  const monitor = taught();
  const assessments = run(monitor, burst(CRISIS, CRISIS + 30 * MINUTE, 30), CRISIS, CRISIS + 8 * HOUR);
  const calculations = [
    ...assessments.map(({ calculation }) => calculation),
    ...monitor.moments().map(({ calculation }) => calculation),
  ];
  for (const calculation of calculations) {
    const stored = SpikeCalculation.parse(JSON.parse(JSON.stringify(calculation)));
    expect(stored).toEqual(calculation);
    expect(recompute(stored)).toBe(calculation.rarity);
  }
  const opened = assessments.find(({ change }) => change === 'open');
  expect(opened?.score).toBe(opened?.calculation.rarity);
  expect(opened?.calculation.rarity).toBeGreaterThanOrEqual(opened?.calculation.threshold ?? Infinity);
});

test('[SPK27] a calculation that was changed does not compute to what it says', () => {
  const [opened] = run(taught(), burst(CRISIS, CRISIS + 5 * MINUTE, 30), CRISIS, CRISIS + 5 * MINUTE).filter(
    ({ change }) => change === 'open',
  );
  if (!opened) throw new Error('nothing opened');
  const { calculation } = opened;
  expect(recompute({ ...calculation, observed: calculation.observed + 1 })).toBeGreaterThan(calculation.rarity);
  expect(recompute({ ...calculation, expected: calculation.expected + 1 })).toBeLessThan(calculation.rarity);
  expect(SpikeCalculation.safeParse({ ...calculation, method: 'another' }).success).toBe(false);
});

test('[SPK27] a rarity grows by a decade where its tail falls to a tenth, and never saturates', () => {
  const tail = { blockDays: 0.25, from: 2, scale: 0.5, share: 0.25 };
  expect(rarityOf(2, tail)).toBeCloseTo(0, 12);
  expect(rarityOf(2 + 0.5 * Math.LN10, tail)).toBeCloseTo(1, 12);
  for (const rarity of [-3, 0, 1.4, 12]) expect(rarityOf(deviationAt(rarity, tail), tail)).toBeCloseTo(rarity, 9);
  expect(rarityOf(5000, tail)).toBeGreaterThan(rarityOf(4999, tail));
});

/** ln P(X >= x) of a negative-binomial count, by adding up its probabilities, the smallest last. */
function summedTail(x: number, mean: number, wavering: number): number {
  const size = 1 / wavering;
  let probability = (size / (size + mean)) ** size;
  let tail = 0;
  for (let count = 0; count < 20_000; count += 1) {
    if (count >= x) tail += probability;
    probability *= ((count + size) / (count + 1)) * (mean / (size + mean));
  }
  return Math.log(tail);
}

test.each([
  [0.01, 0.1],
  [0.3, 0.35],
  [4, 0.1],
  [4, 2],
  [60, 0.1],
  [900, 0.1],
])('[SPK33] the tail of a count of mean %d and wavering %d is the sum of its probabilities', (mean, wavering) => {
  for (const x of [1, 2, 5, Math.ceil(mean), Math.ceil(3 * mean), Math.ceil(6 * mean) + 5]) {
    const summed = summedTail(x, mean, wavering);
    if (summed < -80) continue; // the sum itself has lost its digits there
    expect(logUpperTail(x, mean, wavering), `P(X >= ${x})`).toBeCloseTo(summed, 7);
  }
  expect(logUpperTail(0, mean, wavering)).toBe(0);
  for (const logTail of [-0.7, -3, -12]) {
    const x = upperQuantile(logTail, mean, wavering);
    // Below one mention the tail stands at P(X >= 1), as far as it is continued to there.
    if (x > 1e-3) expect(logUpperTail(x, mean, wavering)).toBeCloseTo(logTail, 3);
  }
});

test('[SPK33] counts and deviations turn into each other, and the band lies around what is expected', () => {
  for (const [count, wavering] of [
    [0, 0.1],
    [3, 0.35],
    [2500, 0.1],
  ] as const) {
    expect(countAt(stabilised(count, wavering), wavering)).toBeCloseTo(count, 6);
    const { lower, upper } = normalBand(count, wavering, 3);
    expect(lower).toBeLessThanOrEqual(count);
    expect(upper).toBeGreaterThan(count);
    expect(stabilised(upper, wavering) - stabilised(count, wavering)).toBeCloseTo(3, 9);
  }
});
