import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { instant } from '../../../../../shared/base/ids.ts';
import type { Mention } from '../../../../../shared/domain/mention/mention.ts';
import { Sensitivity } from '../../../../../shared/domain/spike/sensitivity.ts';
import { createSpikeMonitor } from '../../../../../shared/domain/spike/spike-monitor.ts';
import { mentionAt } from '../../../../support/mention-fixtures.ts';
import { SHARED_DATA } from '../../../../support/shared-data.ts';
import { CRISIS, changesOf, DAY, HOUR, MINUTE, run, START, teach, traffic } from './traffic.ts';

const LONG_MS = 60_000;

/** How often a monitor that sees these mentions for so many days would open. */
function opens(mentions: readonly Mention[], days: number, sensitivity: Sensitivity): number {
  const monitor = createSpikeMonitor({ sensitivity });
  teach(monitor, mentions);
  monitor.assess(instant(START + days * DAY));
  return changesOf(monitor).filter((change) => change === 'open').length;
}

test.each([
  [0.2, 22],
  [3, 23],
  [20, 24],
])(
  '[SPK19] two weeks of ordinary traffic at %d a minute (seed %d) open at most three times at "weekly"',
  (perMinute, seed) => {
    const mentions = traffic(seed, perMinute, START, START + 14 * DAY);
    expect(opens(mentions, 14, 'weekly'), `seed ${seed}`).toBeLessThanOrEqual(3);
  },
  LONG_MS,
);

test(
  '[SPK30] one dial means about the same for a mention in twenty minutes and for five a minute',
  () => {
    const weeks = 3;
    const total = (perMinute: number) =>
      [101, 102]
        .map((seed) => opens(traffic(seed, perMinute, START, START + weeks * 7 * DAY), weeks * 7, 'weekly'))
        .reduce((sum, count) => sum + count, 0);
    const [rare, busy] = [total(0.05), total(5)];
    // Six weeks that should call people about six times, over fewer seeds than a mean needs.
    expect(rare, 'seeds 101, 102').toBeLessThanOrEqual(12);
    expect(busy, 'seeds 101, 102').toBeLessThanOrEqual(12);
    expect(Math.abs(rare - busy), 'seeds 101, 102').toBeLessThanOrEqual(8);
  },
  LONG_MS,
);

test.each([
  [0.1, 51],
  [3, 52],
])(
  '[SPK26] at %d a minute (seed %d) a more sensitive dial opens at least as often',
  (perMinute, seed) => {
    const mentions = traffic(seed, perMinute, START, START + 14 * DAY);
    const [monthly = 0, weekly = 0, daily = 0] = Sensitivity.options.map((one) => opens(mentions, 14, one));
    expect(monthly, `seed ${seed}`).toBeLessThanOrEqual(weekly);
    expect(weekly, `seed ${seed}`).toBeLessThanOrEqual(daily);
    expect(daily, `seed ${seed}`).toBeGreaterThan(monthly);
  },
  LONG_MS,
);

test('[SPK26] whatever opens at a dull dial has opened at a sharper one by then', { timeout: 60_000 }, () => {
  const mentions = traffic(61, 0.5, START, START + 3 * DAY).concat(
    Array.from({ length: 60 }, (_, index) =>
      mentionAt(START + 3 * DAY + index * index * 300, { id: `growing-${index}`, author: `@g${index}` }),
    ),
  );
  const openedAt = Sensitivity.options.map((sensitivity) => {
    const monitor = createSpikeMonitor({ sensitivity });
    teach(monitor, mentions);
    monitor.assess(instant(START + 3 * DAY + HOUR));
    return monitor.moments().find(({ at, change }) => at >= START + 3 * DAY && change !== 'resolve')?.at ?? Infinity;
  });
  const [monthly = 0, weekly = 0, daily = 0] = openedAt;
  expect(monthly).toBeLessThan(Infinity);
  expect(weekly).toBeLessThanOrEqual(monthly);
  expect(daily).toBeLessThanOrEqual(weekly);
});

const glasgow = join(SHARED_DATA, 'crisislex', '2013_Glasgow_helicopter_crash.timeline.csv');

test(
  '[SPK20] the Glasgow helicopter crash opens once on its first day, minutes after its first mentions',
  { timeout: 60_000 },
  (context) => {
    context.skip(!existsSync(glasgow), 'the data set ../shared/data/crisislex is not beside the repository');
    const times = readFileSync(glasgow, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => Number(row.split(',')[0]) * 1000)
      .toSorted((a, b) => a - b);
    const first = times.find((at, index) => (times[index + 7] ?? Infinity) - at <= 10 * MINUTE) ?? 0;
    const mentions = times.map((at, index) => mentionAt(at, { id: `g${index}` }));
    const from = Math.floor((times[0] ?? 0) / 10_000) * 10_000;
    const changes = run(createSpikeMonitor(), mentions, from, from + DAY).filter(({ change }) => change === 'open');
    const seconds = ((changes[0]?.at ?? Infinity) - first) / 1000;
    console.info(`spike: Glasgow opened ${seconds.toFixed(0)} s after the first of eight mentions in ten minutes`);
    expect(changes).toHaveLength(1);
    expect(seconds).toBeLessThanOrEqual(8 * 60);
  },
);

test('[SPK20] the recorded crisis of the demo opens within 60 s of its outbreak, once', { timeout: 60_000 }, () => {
  const folder = join(import.meta.dirname, '..', '..', '..', '..', '..', 'resources', 'demo');
  const read = (name: string) =>
    readFileSync(join(folder, name), 'utf8')
      .trim()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { offsetMs: number; id: string; author: string; text: string; repostOf?: string },
      );
  const moved = (name: string) =>
    read(name).map(({ offsetMs, id, author, text, repostOf = null }) =>
      mentionAt(CRISIS + offsetMs, { id, author, text, repostOf }),
    );
  const crisis = moved('crisis.ndjson');
  // A small brand's mentions are minutes apart: the outbreak is where two come within half a minute.
  const outbreak = crisis.find(({ observedAt }, index) => (crisis[index + 1]?.observedAt ?? 0) - observedAt < 30_000);
  const monitor = createSpikeMonitor();
  teach(monitor, moved('ordinary-days.ndjson'));
  const opened = run(monitor, crisis, CRISIS, CRISIS + 40 * MINUTE).filter(({ change }) => change === 'open');
  const since = (at: number | null | undefined) => ((at ?? Infinity) - (outbreak?.observedAt ?? 0)) / 1000;
  console.info(`spike: demo opened ${since(opened[0]?.at).toFixed(0)} s after its outbreak`);
  expect(opened).toHaveLength(1);
  expect(since(opened[0]?.at)).toBeLessThanOrEqual(60);
  expect(since(opened[0]?.abnormalSince)).toBeGreaterThanOrEqual(-5);
  expect(since(opened[0]?.abnormalSince)).toBeLessThanOrEqual(30);
});
