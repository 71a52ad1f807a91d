import { expect, test } from 'vitest';
import { instant } from '../../../../../shared/base/ids.ts';
import { createBucketDetector } from '../../../../../shared/domain/spike/bucket-detector.ts';
import { createRandom } from '../../../../support/mention-fixtures.ts';
import { DAY, HOUR, MINUTE, START } from './traffic.ts';

interface Bucket {
  readonly at: number;
  readonly count: number;
}

/** A noisy series with `perHour` mentions, and a storm of six times that for two hours from `stormAt` on. */
function seriesOf(stepMs: number, perHour: number, days: number, stormAt: number, seed = 5): readonly Bucket[] {
  const random = createRandom(seed);
  return Array.from({ length: Math.round((days * DAY) / stepMs) }, (_, index) => {
    const at = START + index * stepMs;
    const isStorm = at >= stormAt && at < stormAt + 2 * HOUR;
    const mean = (perHour * stepMs * (isStorm ? 6 : 1)) / HOUR;
    return { at, count: Math.round(mean * (0.7 + 0.6 * random())) };
  });
}

function scored(stepMs: number, series: readonly Bucket[]) {
  const detector = createBucketDetector(stepMs);
  return series.map(({ at, count }) => ({ at, ...detector.push(instant(at), count) }));
}

test.each([MINUTE, 5 * MINUTE, HOUR])(
  '[SPK31] with buckets of %d ms the score is high where a storm begins and low on every other bucket',
  (stepMs) => {
    const stormAt = START + 5 * DAY;
    const scores = scored(stepMs, seriesOf(stepMs, 600, 7, stormAt));
    const late = scores.filter(({ at }) => at >= START + 2 * DAY);
    const high = late.filter(({ score }) => score > 1.4);
    expect(high.length).toBeGreaterThanOrEqual(1);
    expect(high.length).toBeLessThanOrEqual(4);
    for (const { at } of high) {
      expect(at).toBeGreaterThanOrEqual(stormAt);
      expect(at).toBeLessThan(stormAt + Math.max(HOUR, 2 * stepMs));
    }
    const onset = late.filter(({ at }) => at >= stormAt && at < stormAt + 2 * HOUR);
    expect(onset.at(-1)?.rarity).toBeGreaterThan(0.7);
    expect(onset.at(-1)?.score).toBeLessThan(-5);
  },
);

test('[SPK31] the first half of a series alone gets the same scores, to the last digit', () => {
  const series = seriesOf(5 * MINUTE, 300, 6, START + 2 * DAY);
  const half = series.slice(0, series.length / 2);
  expect(scored(5 * MINUTE, half)).toEqual(scored(5 * MINUTE, series).slice(0, half.length));
});

test('[SPK31] a storm that becomes clearly worse scores again, and one that goes on does not', () => {
  const stormAt = START + 5 * DAY;
  const mild = seriesOf(5 * MINUTE, 600, 6, stormAt);
  const worse = mild.map(({ at, count }) => ({ at, count: at >= stormAt + HOUR && count > 150 ? count * 6 : count }));
  const highAfter = (series: readonly Bucket[]) =>
    scored(5 * MINUTE, series).filter(({ at, score }) => at >= stormAt + HOUR && score > 1.4).length;
  expect(highAfter(mild)).toBe(0);
  expect(highAfter(worse)).toBeGreaterThanOrEqual(1);
});

test('[SPK31] a later storm is another one', () => {
  const first = START + 4 * DAY;
  const second = START + 5 * DAY;
  const series = seriesOf(5 * MINUTE, 600, 6, first).map(({ at, count }) => ({
    at,
    count: at >= second && at < second + HOUR ? count * 40 : count,
  }));
  const high = scored(5 * MINUTE, series).filter(({ score }) => score > 1.4);
  expect(high.some(({ at }) => at >= first && at < first + HOUR)).toBe(true);
  expect(high.some(({ at }) => at >= second && at < second + HOUR)).toBe(true);
});

test('[SPK31] a gap is a time of which nothing is known: no window reaches over it', () => {
  const series = seriesOf(5 * MINUTE, 60, 4, START + 9 * DAY);
  const gapAt = START + 3 * DAY;
  const withGap = series.map(({ at, count }) => ({ at: at >= gapAt ? at + 20 * HOUR : at, count }));
  const scores = scored(5 * MINUTE, withGap);
  expect(scores.filter(({ at, score }) => at >= gapAt && score > 1.4)).toEqual([]);
  // What came before the gap is in no window after it; without the gap it is.
  const first = series.findIndex(({ at }) => at === gapAt);
  const busy = (buckets: readonly Bucket[]) =>
    buckets.map(({ at, count }, index) => ({ at, count: index >= first - 11 && index <= first ? count + 4 : count }));
  const windowsAt = (buckets: readonly Bucket[]) => scored(5 * MINUTE, busy(buckets))[first]?.rarity ?? Number.NaN;
  expect(windowsAt(series)).toBeGreaterThan(windowsAt(withGap) + 0.1);
});
