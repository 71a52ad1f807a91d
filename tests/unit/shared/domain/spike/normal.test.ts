import { expect, test } from 'vitest';
import { instant } from '../../../../../shared/base/ids.ts';
import { createSpikeMonitor } from '../../../../../shared/domain/spike/spike-monitor.ts';
import { mentionAt } from '../../../../support/mention-fixtures.ts';
import { burst, changes, CRISIS, DAY, HOUR, inOrder, MINUTE, run, START, taught, teach, traffic } from './traffic.ts';

/** Mentions expected in 5 minutes at this moment. */
function expectedAt(monitor: ReturnType<typeof createSpikeMonitor>, at: number): number {
  return monitor.assess(instant(at)).expected;
}

test('[SPK10] a cold monitor says on its first day that it is learning', { timeout: 60_000 }, () => {
  const monitor = createSpikeMonitor();
  const assessments = run(monitor, burst(START, START + 1.2 * DAY, 1), START, START + 1.2 * DAY, 'live', 10 * MINUTE);
  expect(assessments.find(({ at }) => at === START + 20 * HOUR)).toMatchObject({ state: 'learning' });
  expect(assessments.find(({ at }) => at === START + 20 * HOUR)?.explanation.sentence).toContain(
    'Still learning what is normal (20 h so far).',
  );
  expect(assessments.at(-1)?.state).toBe('normal');
  expect(assessments.at(-1)?.explanation.sentence).not.toContain('learning');
});

test(
  '[SPK10] nothing opens in its first five minutes, and a busy steady start opens nothing at all',
  { timeout: 60_000 },
  () => {
    const outbreak = run(createSpikeMonitor(), burst(START, START + 10 * MINUTE, 6), START, START + 10 * MINUTE);
    expect(changes(outbreak)).toEqual([]);
    expect(outbreak.some(({ at, score }) => at < START + 5 * MINUTE && score > 1.4)).toBe(true);
    const noon = START + 10 * HOUR; // where the hours are level
    for (const seed of [11, 12, 13]) {
      const busy = traffic(seed, 20, noon, noon + 2 * HOUR, 0.2);
      expect(changes(run(createSpikeMonitor(), busy, noon, noon + 2 * HOUR)), `seed ${seed}`).toEqual([]);
    }
  },
);

test(
  '[SPK11] the same count is ordinary at the hour that always has it and a spike at the hour that never has',
  { timeout: 60_000 },
  () => {
    const monitor = createSpikeMonitor();
    const peak = START + 10 * DAY + 11 * HOUR;
    const night = peak + 12 * HOUR;
    const days = traffic(31, 3, START, night, 0.2);
    const same = (from: number) => {
      monitor.assess(instant(from)); // tells what the past was
      return changes(run(monitor, burst(from, from + 15 * MINUTE, 8, { sentiment: null }), from, from + 15 * MINUTE));
    };
    const learned = days.filter(({ observedAt }) => observedAt < peak);
    teach(monitor, learned);
    expect(same(peak)).toEqual([]);
    const rest = days.filter(({ observedAt }) => observedAt >= peak + 15 * MINUTE);
    teach(monitor, rest);
    expect(same(night)).toEqual(['open']);
  },
);

test('[SPK12] two hours of crisis do not become the normal', { timeout: 60_000 }, () => {
  const monitor = taught();
  const before = expectedAt(monitor, CRISIS);
  const crisis = burst(CRISIS, CRISIS + 2 * HOUR, 60);
  const assessments = run(monitor, crisis, CRISIS, CRISIS + 2 * HOUR);
  expect(assessments.at(-1)?.expected).toBeLessThan(Math.max(2, before * 3));
  expect(assessments.at(-1)?.state).toBe('spike');
});

test('[SPK32] a level that lasts for more than a day is the new normal', { timeout: 60_000 }, () => {
  const monitor = taught();
  const level = burst(CRISIS, CRISIS + 6 * DAY, 2, { sentiment: null });
  run(monitor, level, CRISIS, CRISIS + 20 * HOUR, 'live', 10 * MINUTE);
  expect(expectedAt(monitor, CRISIS + 20 * HOUR)).toBeLessThan(4);
  run(
    monitor,
    level.filter(({ observedAt }) => observedAt > CRISIS + 20 * HOUR),
    CRISIS + 20 * HOUR,
    CRISIS + 6 * DAY,
    'live',
    10 * MINUTE,
  );
  const end = monitor.assess(instant(CRISIS + 6 * DAY));
  expect(end.expected).toBeGreaterThan(7);
  expect(end.state).toBe('normal');
  expect(end.score).toBeLessThan(0);
});

test(
  '[SPK13] an hour of silence in which many were due teaches nothing, however long it goes on',
  { timeout: 60_000 },
  () => {
    const monitor = createSpikeMonitor();
    run(monitor, burst(START, START + 2 * DAY, 6), START, START + 2 * DAY, 'live', 10 * MINUTE);
    const known = expectedAt(monitor, CRISIS);
    const afterAnHour = expectedAt(monitor, CRISIS + HOUR + MINUTE);
    const afterADay = expectedAt(monitor, CRISIS + DAY + HOUR + MINUTE);
    expect(known).toBeGreaterThan(25);
    expect(afterAnHour).toBeGreaterThan(known * 0.75);
    expect(afterADay).toBe(afterAnHour);
  },
);

test('[SPK13] a silence in which few were due is calm, and is learned', { timeout: 60_000 }, () => {
  const monitor = createSpikeMonitor();
  run(monitor, burst(START, START + 2 * DAY, 0.1), START, START + 2 * DAY, 'live', 10 * MINUTE);
  const known = expectedAt(monitor, CRISIS);
  expect(expectedAt(monitor, CRISIS + 2 * DAY)).toBeLessThan(known * 0.7);
});

test('[SPK22] while no feed delivers it says so, and neither opens nor ends a spike', { timeout: 60_000 }, () => {
  const [from, to] = [CRISIS + 20 * MINUTE, CRISIS + 4 * HOUR];
  const monitor = taught({ isCovered: (at) => at < from || at >= to });
  run(monitor, burst(CRISIS, from, 30), CRISIS, from - 10_000);
  const gap = run(monitor, [], from, to - 10_000);
  expect(new Set(gap.map(({ state }) => state))).toEqual(new Set(['no-data']));
  expect(gap[0]?.explanation.sentence).toBe('No feed delivers. Nobody knows whether it is calm.');
  expect(changes(gap)).toEqual([]);
  const after = run(monitor, [], to, to + 7 * HOUR);
  expect(after[0]).toMatchObject({ state: 'spike', change: null });
  const resolved = after.find(({ change }) => change === 'resolve');
  expect((resolved?.at ?? 0) - to).toBeGreaterThan(5 * HOUR);
});

test('[SPK22] the time that nobody watched is no part of the quiet that ends a spike', { timeout: 60_000 }, () => {
  const gapAt = CRISIS + 4 * HOUR;
  const quietFor = (gapMs: number) => {
    const monitor = taught({ isCovered: (at) => at < gapAt || at >= gapAt + gapMs });
    const seen = run(monitor, burst(CRISIS, CRISIS + 20 * MINUTE, 30), CRISIS, CRISIS + 14 * HOUR);
    return (seen.find(({ change }) => change === 'resolve')?.at ?? Infinity) - gapMs;
  };
  expect(Math.abs(quietFor(2 * HOUR) - quietFor(0))).toBeLessThanOrEqual(20_000);
});

test(
  '[SPK22] a spike that nobody watched for six hours is over, and what comes then is another',
  { timeout: 60_000 },
  () => {
    const [from, to] = [CRISIS + 20 * MINUTE, CRISIS + 10 * HOUR];
    const monitor = taught({ isCovered: (at) => at < from || at >= to });
    run(monitor, burst(CRISIS, from, 30), CRISIS, to);
    expect(monitor.assess(instant(to + 10_000))).toMatchObject({ state: 'normal', abnormalSince: null });
    const again = run(monitor, burst(to + HOUR, to + 1.1 * HOUR, 30), to + 20_000, to + 1.1 * HOUR);
    expect(changes(again)).toEqual(['open']);
    expect(again.at(-1)?.abnormalSince).toBeGreaterThanOrEqual(to + HOUR);
  },
);

test('[SPK22] a day without data teaches nothing, and is drawn as a gap', { timeout: 60_000 }, () => {
  const steady = burst(START, CRISIS, 0.2);
  const after = (isCovered: (at: number) => boolean) => {
    const monitor = createSpikeMonitor({ isCovered });
    run(monitor, steady, START, CRISIS, 'live', 10 * MINUTE);
    const before = expectedAt(monitor, CRISIS);
    return { monitor, kept: expectedAt(monitor, CRISIS + DAY) / before };
  };
  const gap = after((at) => at < CRISIS);
  expect(gap.kept).toBeGreaterThan(0.98);
  expect(after(() => true).kept).toBeLessThan(0.9);
  const covered = gap.monitor
    .history(instant(CRISIS - 10 * MINUTE), instant(CRISIS + 10 * MINUTE), MINUTE)
    .map((point) => point.covered);
  expect(covered.slice(-5)).toEqual([false, false, false, false, false]);
  expect(covered.slice(0, 5)).toEqual([true, true, true, true, true]);
});

test(
  '[SPK23] an expected peak opens nothing and says why, also while the longer windows still hold it',
  { timeout: 60_000 },
  () => {
    const to = CRISIS + HOUR;
    const monitor = taught({ isExpected: (at) => at >= CRISIS && at < to });
    const assessments = run(monitor, burst(CRISIS, to, 20), CRISIS, CRISIS + 3 * HOUR);
    expect(changes(assessments)).toEqual([]);
    expect(assessments.find(({ at }) => at === CRISIS + 30 * MINUTE)?.explanation.sentence).toContain(
      'No alarm: people said that this is to be expected.',
    );
    expect(changes(run(taught(), burst(CRISIS, to, 20), CRISIS, CRISIS + 3 * HOUR))).toEqual(['open']);
  },
);

test('[SPK23] what goes on after the expected peak, or grows anew, opens within minutes', { timeout: 60_000 }, () => {
  const to = CRISIS + HOUR;
  const monitor = taught({ isExpected: (at) => at >= CRISIS && at < to });
  const assessments = run(monitor, burst(CRISIS, to + 10 * MINUTE, 20), CRISIS, to + 10 * MINUTE);
  const opened = assessments.find(({ change }) => change === 'open');
  expect((opened?.at ?? 0) - to).toBeGreaterThanOrEqual(MINUTE);
  expect((opened?.at ?? Infinity) - to).toBeLessThanOrEqual(2 * MINUTE);
});

test('[SPK23] an expected peak teaches nothing: neither the level nor what is rare', { timeout: 60_000 }, () => {
  const [from, to] = [CRISIS + HOUR, CRISIS + 9 * HOUR];
  const quiet = burst(CRISIS, CRISIS + 3 * DAY, 0.5);
  const peak = burst(from, to, 20);
  const later = (mentions: typeof quiet, isExpected: (at: number) => boolean) => {
    const monitor = taught({ isExpected });
    run(monitor, mentions, CRISIS, CRISIS + 3 * DAY, 'live', 10 * MINUTE);
    return monitor.assess(instant(CRISIS + 3 * DAY));
  };
  const without = later(quiet, () => false);
  const expected = later(inOrder(quiet, peak), (at) => at >= from && at < to);
  const unexpected = later(inOrder(quiet, peak), () => false);
  const off = ({ expected: mean, calculation: { tail } }: typeof without) =>
    Math.abs(mean / without.expected - 1) + Math.abs(tail.from - without.calculation.tail.from);
  expect(off(expected)).toBeLessThan(0.15);
  expect(off(unexpected)).toBeGreaterThan(0.3);
});

test('[SPK14] a mention seen again is not counted again, within the hour or hours later', () => {
  const monitor = taught();
  for (let again = 0; again < 50; again += 1) {
    monitor.observe(mentionAt(CRISIS + again * 1000, { id: 'one', author: `@${again}`, engagement: again }), 'live');
  }
  expect(monitor.series(instant(CRISIS + 50_000), 1)[0]?.count).toBe(1);
  run(monitor, [], CRISIS + MINUTE, CRISIS + 5 * HOUR);
  monitor.observe(mentionAt(CRISIS, { id: 'one', engagement: 900 }), 'live');
  expect(monitor.history(instant(CRISIS), instant(CRISIS + MINUTE), MINUTE)[0]?.count).toBe(1);
  run(monitor, [], CRISIS + 5 * HOUR, CRISIS + 2 * DAY, 'live', HOUR);
  monitor.observe(mentionAt(CRISIS, { id: 'one', engagement: 901 }), 'live');
  expect(monitor.history(instant(CRISIS), instant(CRISIS + MINUTE), MINUTE)[0]?.count).toBe(1);
});

test('[SPK15] a source whose clock runs a day ahead moves nothing', () => {
  const monitor = taught();
  monitor.observe(mentionAt(CRISIS + 1000, { id: 'ahead', observedAt: instant(CRISIS + DAY) }), 'live');
  expect(monitor.assess(instant(CRISIS + 2000)).at).toBe(CRISIS + 2000);
  expect(monitor.series(instant(CRISIS + 2000), 1)[0]?.count).toBe(1);
});

test('[SPK24] late mentions are drawn where they belong and open nothing old', () => {
  const monitor = taught();
  const now = CRISIS + 3 * HOUR;
  run(monitor, burst(CRISIS, now, 0.5), CRISIS, now);
  const drawn = () => monitor.history(instant(CRISIS), instant(now), MINUTE);
  const before = drawn();
  const late = burst(CRISIS + HOUR, CRISIS + HOUR + 2 * MINUTE, 30).map((mention) => ({
    ...mention,
    recordedAt: instant(now),
  }));
  for (const mention of late) monitor.observe(mention, 'live');
  const assessments = run(monitor, [], now, now + 10 * MINUTE);
  expect(changes(assessments)).toEqual([]);
  expect(monitor.moments()).toEqual([]);
  const after = drawn();
  const more = after.map(({ count }, index) => count - (before[index]?.count ?? 0));
  expect(more.filter((count) => count > 0)).toEqual([30, 30]);
  expect(more.indexOf(30)).toBe(before.findIndex(({ at }) => at === CRISIS + HOUR));
});

test('[SPK24] mentions that are late by minutes still count, and what they open opens now', () => {
  const monitor = taught();
  const now = CRISIS + 20 * MINUTE;
  run(monitor, [], CRISIS, now);
  for (const mention of burst(CRISIS + 10 * MINUTE, now - MINUTE, 10))
    monitor.observe({ ...mention, recordedAt: instant(now) }, 'live');
  expect(monitor.assess(instant(now))).toMatchObject({ change: 'open', isHistory: false });
  expect(monitor.moments()[0]?.at).toBe(now);
});
