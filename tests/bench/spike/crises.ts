import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instant } from '../../../shared/base/ids.ts';
import type { SpikeMoment } from '../../../shared/domain/spike/spike-assessment.ts';
import { createSpikeMonitor } from '../../../shared/domain/spike/spike-monitor.ts';
import { SHARED_DATA } from '../../support/shared-data.ts';
import { percentile, type BenchRow } from '../report.ts';

const FOLDER = join(SHARED_DATA, 'crisislex');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Crisis {
  readonly name: string;
  /** Minutes from the first of 8 mentions within 10 minutes to the alarm; 0 when one was open; null when none came. */
  readonly delay: number | null;
  /** From half a day before that moment to two days after it. */
  readonly alarmsAbout: number;
  readonly alarmsInAll: number;
  readonly escalations: number;
}

/** How early the monitor calls people in twelve real crises, each the first thing it ever sees. */
export function benchCrises(): readonly BenchRow[] {
  if (!existsSync(FOLDER)) return [];
  const crises = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.timeline.csv'))
    .sort()
    .map((file) => replay(file));
  const delays = crises.map(({ delay }) => delay ?? Infinity).toSorted((a, b) => a - b);
  const median = ((delays[(delays.length - 1) >> 1] ?? 0) + (delays[delays.length >> 1] ?? 0)) / 2;
  const about = crises.reduce((sum, { alarmsAbout }) => sum + alarmsAbout, 0) / crises.length;
  const inAll = crises.reduce((sum, { alarmsInAll }) => sum + alarmsInAll, 0) / crises.length;
  const none = { against: null, ratio: null };
  return [
    ...crises.map(({ name, delay, alarmsAbout, alarmsInAll, escalations }) => ({
      what: `  ${name}: ${String(alarmsAbout)} alarm (${String(alarmsInAll)} in all weeks, ${String(escalations)} escalations)`,
      value: delay ?? Infinity,
      unit: 'min',
      ...none,
      goal: '<= 12',
      met: (delay ?? Infinity) <= 12,
    })),
    { what: 'crises, median delay', value: median, unit: 'min', ...none, goal: '<= 3', met: median <= 3 },
    {
      what: 'crises, longest delay',
      value: percentile(delays, 1),
      unit: 'min',
      ...none,
      goal: '<= 12',
      met: percentile(delays, 1) <= 12,
    },
    { what: 'crises, alarms about each', value: about, unit: '', ...none, goal: '<= 1.3', met: about <= 1.3 },
    { what: 'crises, alarms in all their weeks', value: inAll, unit: '', ...none, goal: '', met: null },
  ];
}

function replay(file: string): Crisis {
  const times = readFileSync(join(FOLDER, file), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => Number(row.split(',')[0]) * 1000);
  const monitor = createSpikeMonitor();
  const plain = { author: null, text: '', sentiment: null, repostOf: null, reach: null };
  for (const [index, time] of times.entries()) {
    const at = instant(time);
    monitor.observe({ ...plain, id: `row-${String(index)}`, observedAt: at, recordedAt: at }, 'live');
    if (times[index + 1] !== time) monitor.assess(at);
  }
  const moments = monitor.moments();
  const began = times.find((at, index) => (times[index + 7] ?? Infinity) - at <= 10 * MINUTE_MS) ?? 0;
  const opens = moments.filter(({ change }) => change === 'open');
  return {
    name: file.replace('.timeline.csv', '').replaceAll('_', ' '),
    delay: delayFrom(began, moments),
    alarmsAbout: opens.filter(({ at }) => at >= began - 12 * HOUR_MS && at <= began + 48 * HOUR_MS).length,
    alarmsInAll: opens.length,
    escalations: moments.filter(({ change }) => change === 'escalate').length,
  };
}

function delayFrom(began: number, moments: readonly SpikeMoment[]): number | null {
  const before = moments.findLast(({ at }) => at <= began);
  if (before !== undefined && before.change !== 'resolve') return 0;
  const after = moments.find(({ at, change }) => at > began && change !== 'resolve');
  return after === undefined ? null : (after.at - began) / MINUTE_MS;
}
