import { expect, test } from 'vitest';
import { instant } from '../../../../../shared/base/ids.ts';
import type { SpikeMoment } from '../../../../../shared/domain/spike/spike-assessment.ts';
import { createSpikeMonitor } from '../../../../../shared/domain/spike/spike-monitor.ts';
import { mentionAt } from '../../../../support/mention-fixtures.ts';
import {
  burst,
  changes,
  changesOf,
  CRISIS,
  DAY,
  HOUR,
  inOrder,
  MINUTE,
  run,
  START,
  taught,
  traffic,
} from './traffic.ts';

test('[SPK9] history opens without a sound', () => {
  const mentions = burst(CRISIS, CRISIS + 10 * MINUTE, 60);
  const past = run(taught(), mentions, CRISIS, CRISIS + 20 * MINUTE, 'history');
  expect(changes(past)).toEqual(['open']);
  expect(past.find(({ change }) => change === 'open')).toMatchObject({ isHistory: true, state: 'spike' });
  const live = run(taught(), mentions, CRISIS, CRISIS + 20 * MINUTE);
  expect(live.find(({ change }) => change === 'open')).toMatchObject({ isHistory: false });
});

test('[SPK9] what opened more than 15 minutes before anybody looked is told without a sound', () => {
  const looked = (afterMs: number) => {
    const monitor = taught();
    for (const mention of burst(CRISIS, CRISIS + 5 * MINUTE, 60)) monitor.observe(mention, 'live');
    const openedAt = monitor.moments()[0]?.at ?? 0;
    return monitor.assess(instant(openedAt + afterMs));
  };
  expect(looked(14 * MINUTE)).toMatchObject({ change: 'open', isHistory: false });
  expect(looked(16 * MINUTE)).toMatchObject({ change: 'open', isHistory: true });
});

test('[SPK9] of what happened since the last look the one that still calls people is told, and is told once', () => {
  const monitor = taught();
  const mentions = inOrder(burst(CRISIS, CRISIS + 10 * MINUTE, 20), burst(CRISIS + 3 * HOUR, CRISIS + 3.05 * HOUR, 90));
  for (const mention of mentions) monitor.observe(mention, 'live');
  expect(monitor.assess(instant(CRISIS + 3.05 * HOUR))).toMatchObject({ change: 'escalate', isHistory: false });
  expect(changesOf(monitor).slice(0, 2)).toEqual(['open', 'escalate']);
  expect(monitor.assess(instant(CRISIS + 3.05 * HOUR + 10_000)).change).toBeNull();
});

/** The same changes, each at the same moment to the length of a bucket; live ones with the same T0. */
function expectSame(got: readonly SpikeMoment[], wanted: readonly SpikeMoment[], withT0: boolean): void {
  expect(got.map(({ change }) => change)).toEqual(wanted.map(({ change }) => change));
  for (const [index, { at, abnormalSince, change, calculation }] of wanted.entries()) {
    expect(Math.abs((got[index]?.at ?? 0) - at)).toBeLessThanOrEqual(10_000);
    if (withT0) expect(got[index]?.abnormalSince).toBe(abnormalSince);
    if (change === 'open') expect(got[index]?.calculation).toEqual(calculation);
  }
}

test(
  '[SPK18] the stored mentions replayed into a new monitor give the same moments, and it goes on the same',
  { timeout: 60_000 },
  () => {
    const mentions = inOrder(
      [mentionAt(START, { id: 'first' })],
      traffic(41, 0.5, START, CRISIS + DAY),
      burst(CRISIS, CRISIS + 20 * MINUTE, 20),
      burst(CRISIS + 3 * HOUR, CRISIS + 3.3 * HOUR, 60),
      burst(CRISIS + 14 * HOUR, CRISIS + 14.2 * HOUR, 40),
    );
    const whole = createSpikeMonitor();
    const through = run(whole, mentions, START, CRISIS + DAY);
    expect(new Set(changesOf(whole))).toEqual(new Set(['open', 'escalate', 'resolve']));
    // In the middle of the storm, between two storms, and in the lull of one.
    for (const [stopped, as] of [
      [CRISIS + 10 * MINUTE, 'live'],
      [CRISIS + 2.5 * HOUR, 'live'],
      [CRISIS + 11 * HOUR, 'history'],
    ] as const) {
      const again = createSpikeMonitor();
      const [before, after] = [
        mentions.filter(({ recordedAt }) => recordedAt <= stopped),
        mentions.filter(({ recordedAt }) => recordedAt > stopped),
      ];
      for (const mention of before) again.observe(mention, as);
      again.assess(instant(stopped));
      expectSame(
        again.moments(),
        whole.moments().filter(({ at }) => at <= stopped),
        as === 'live',
      );
      const later = run(again, after, stopped + 10_000, CRISIS + DAY);
      expectSame(again.moments(), whole.moments(), as === 'live');
      const rest = through.slice(-later.length);
      expect(changes(later)).toEqual(changes(rest));
      for (const [index, { at, score }] of rest.entries())
        if (at % HOUR === 0) expect(later[index]?.score).toBeCloseTo(score, 1);
    }
  },
);

test('[SPK17] the series has a minute a point, with the band of its own time', () => {
  const monitor = taught();
  const upTo = (ms: number) => monitor.series(instant(CRISIS + ms), 30);
  run(monitor, burst(CRISIS, CRISIS + 10 * MINUTE, 30), CRISIS, CRISIS + 10 * MINUTE);
  const series = upTo(10 * MINUTE);
  expect(series).toHaveLength(30);
  expect(series.map(({ at }) => at)).toEqual(series.map((_, index) => CRISIS + (index - 19) * MINUTE));
  expect(series.filter(({ at }) => at >= CRISIS && at < CRISIS + 10 * MINUTE).map(({ count }) => count)).toEqual(
    Array.from({ length: 10 }, () => 30),
  );
  for (const { lower, expected, upper } of series) {
    expect(lower).toBeLessThanOrEqual(expected);
    expect(expected).toBeLessThan(upper);
  }
  expect(series.find(({ at }) => at === CRISIS)?.negativeShare).toBe(1);
  // What was learned since does not move what was expected then.
  run(monitor, [], CRISIS + 10 * MINUTE, CRISIS + DAY, 'live', HOUR);
  const kept = monitor.history(instant(CRISIS - 19 * MINUTE), instant(CRISIS + 10 * MINUTE), MINUTE);
  expect(kept).toEqual(series.slice(0, 29));
});

test('[SPK25] steps add their minutes up, with a band that is narrower than the sum of theirs', () => {
  const monitor = taught();
  run(monitor, burst(CRISIS, CRISIS + 2 * HOUR, 3), CRISIS, CRISIS + 2 * HOUR);
  const [hour, ...others] = monitor.history(instant(CRISIS), instant(CRISIS + HOUR), HOUR);
  const minutes = monitor.history(instant(CRISIS), instant(CRISIS + HOUR), MINUTE);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  expect(others).toEqual([]);
  expect(minutes).toHaveLength(60);
  expect(hour).toMatchObject({ at: CRISIS, count: 180, negativeShare: 1, covered: true });
  expect(hour?.expected).toBeCloseTo(sum(minutes.map(({ expected }) => expected)), 6);
  expect(hour?.upper).toBeLessThan(sum(minutes.map(({ upper }) => upper)));
  expect(hour?.upper).toBeGreaterThan(hour?.expected ?? 0);
  expect(hour?.lower).toBeGreaterThanOrEqual(0);
});

test('[SPK25] three weeks are kept, and what is not known is left out', { timeout: 60_000 }, () => {
  const monitor = createSpikeMonitor();
  const end = START + 22 * DAY;
  run(monitor, burst(START, end, 1 / 60), START, end, 'history', HOUR);
  const days = monitor.history(instant(START - 5 * DAY), instant(end), DAY);
  expect(days.length).toBeGreaterThanOrEqual(21);
  expect(days.length).toBeLessThanOrEqual(23);
  expect(days[0]?.at).toBeGreaterThanOrEqual(START + DAY / 2);
  expect(monitor.series(instant(end), 40 * 24 * 60)).toHaveLength(21 * 24 * 60);
});
