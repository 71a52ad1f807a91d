import { expect, test } from 'vitest';
import { instant } from '../../../../../shared/base/ids.ts';
import type { Mention } from '../../../../../shared/domain/mention/mention.ts';
import { createNegativeJudge, createReachJudge } from '../../../../../shared/domain/spike/side-judges.ts';
import { createSlidingWindow } from '../../../../../shared/domain/spike/sliding-window.ts';
import { createSpikeMonitor } from '../../../../../shared/domain/spike/spike-monitor.ts';
import { burst, changes, DAY, HOUR, MINUTE, run, START } from './traffic.ts';

const LONG_MS = 60_000;

/** Every fifth is negative, everybody has a hundred followers. */
function ordinary(from: number, to: number): Mention[] {
  return burst(from, to, 0.5).map((mention, index) => ({
    ...mention,
    sentiment: index % 5 === 0 ? -0.5 : 0.3,
    reach: 100,
  }));
}

/** As many as ever, for three hours, of another kind; after so many days. */
function shifted(days: number, fields: Partial<Mention>) {
  const monitor = createSpikeMonitor();
  const from = START + days * DAY;
  run(monitor, ordinary(START, from), START, from - 10_000, 'live', 10 * MINUTE);
  return run(monitor, burst(from, from + 3 * HOUR, 0.5, fields), from, from + 3 * HOUR);
}

test(
  '[SPK28] a shift of the negative share alone opens once it is calibrated, and is evidence before',
  { timeout: LONG_MS },
  () => {
    const opened = shifted(8, { sentiment: -0.6, reach: 100 }).filter(({ change }) => change !== null);
    expect(changes(opened)).toEqual(['open']);
    expect(opened[0]?.calculation.quantity).toBe('negative');
    expect(opened[0]?.explanation.sentence).toMatch(/^\d+ negative mentions in one hour where [\d.]+ are expected/);
    const early = shifted(5, { sentiment: -0.6, reach: 100 });
    expect(changes(early)).toEqual([]);
    expect(early.at(-1)?.explanation.facts).toContainEqual({
      label: 'Negative in the last hour (estimate)',
      value: '100%',
    });
  },
);

test('[SPK28] three negative of three is no evidence, twelve of fifteen is, and what is usual is none', () => {
  const judge = createNegativeJudge();
  for (let hour = 0; hour < 200; hour += 1) judge.learn({ negative: 4, withSentiment: 20 }, HOUR);
  const deviation = (negative: number, withSentiment: number) =>
    judge.judge({ negative, withSentiment })?.deviation ?? Number.NaN;
  expect(judge.usual()).toBeCloseTo(0.2, 2);
  const openingDeviation = 2;
  expect(deviation(3, 3)).toBeLessThan(openingDeviation);
  expect(deviation(12, 15)).toBeGreaterThan(openingDeviation + 1);
  expect(Math.abs(deviation(10, 50))).toBeLessThan(0.1);
  expect(judge.judge({ negative: 0, withSentiment: 0 })).toBeNull();
  // Five hundred copies of one story are not ten times the evidence of fifty.
  expect(deviation(400, 500)).toBeLessThan(2 * deviation(40, 50));
});

test('[SPK28] a share that was always high is no shift', () => {
  const judge = createNegativeJudge();
  for (let hour = 0; hour < 400; hour += 1) judge.learn({ negative: 16, withSentiment: 20 }, HOUR);
  expect(judge.judge({ negative: 12, withSentiment: 15 })?.deviation).toBeLessThan(0.5);
});

test('[SPK29] reach alone opens once it is calibrated, and not before', { timeout: LONG_MS }, () => {
  const opened = shifted(8, { sentiment: 0.3, reach: 80_000 }).filter(({ change }) => change !== null);
  expect(changes(opened)).toEqual(['open']);
  expect(opened[0]?.calculation.quantity).toBe('reach');
  expect(opened[0]?.explanation.sentence).toMatch(/^[\d,]+ followers reached in one hour where [\d,]+ are expected/);
  expect(changes(shifted(5, { sentiment: 0.3, reach: 80_000 }))).toEqual([]);
});

test('[SPK29] an author counts once and at most a hundred thousand followers; nobody known is unknown', () => {
  const window = createSlidingWindow([HOUR]);
  window.moveTo(instant(START));
  const entry = { at: instant(START), story: null, isRepost: false, sentiment: 'unknown' as const };
  window.add({ ...entry, author: '@celebrity', reach: 50_000_000 });
  window.add({ ...entry, author: '@celebrity', reach: 50_000_000 });
  window.add({ ...entry, author: '@neighbour', reach: 200 });
  window.add({ ...entry, author: '@stranger', reach: null });
  expect(window.counts(HOUR)).toMatchObject({ reach: 100_200, authors: 3, count: 4 });
  expect(createReachJudge().judge({ reach: 0 })).toBeNull();
  const monitor = createSpikeMonitor();
  run(monitor, burst(START, START + HOUR, 1), START, START + HOUR, 'live', MINUTE);
  expect(monitor.assess(instant(START + HOUR)).explanation.facts).toContainEqual({
    label: 'Followers of the authors, last hour',
    value: 'unknown',
  });
});

test('[SPK29] calibration takes as long however often somebody looks', { timeout: LONG_MS }, () => {
  const days = (every: number) => {
    const monitor = createSpikeMonitor();
    const from = START + 5 * DAY;
    run(monitor, ordinary(START, from), START, from - MINUTE, 'live', every);
    return changes(run(monitor, burst(from, from + 2 * HOUR, 0.5, { reach: 80_000 }), from, from + 2 * HOUR));
  };
  expect(days(MINUTE)).toEqual(days(HOUR));
});
