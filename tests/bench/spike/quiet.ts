import { instant } from '../../../shared/base/ids.ts';
import { createSpikeMonitor } from '../../../shared/domain/spike/spike-monitor.ts';
import { createRandom } from '../../support/mention-fixtures.ts';
import type { BenchRow } from '../report.ts';
import { isThere, loadScorer, realSeries } from './series.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WEEK_MS = 7 * 24 * HOUR_MS;
const GENERATED_WEEKS = 3;
const START = Date.UTC(2026, 0, 5);

interface Exposure {
  readonly weeks: number;
  readonly alarms: number;
}

/** False alarms at the default sensitivity: real arrivals outside the labelled windows, thinned, and generated weeks. */
export async function benchQuiet(): Promise<readonly BenchRow[]> {
  const rows = [rowOf('generated weeks', generated())];
  return isThere() ? [rowOf('thinned arrivals outside the windows', await thinned()), ...rows] : rows;
}

function rowOf(name: string, { weeks, alarms }: Exposure): BenchRow {
  const rate = alarms / weeks;
  return {
    what: `quiet, ${name}: ${String(alarms)} in ${weeks.toFixed(0)} weeks, 95 % below ${(upperBound(alarms) / weeks).toFixed(2)}`,
    value: rate,
    unit: '/week',
    against: null,
    ratio: null,
    goal: '<= 1',
    met: rate <= 1,
  };
}

/** The arrivals of each bucket spread over it; windows, with an hour about them, are times that nobody watched. */
async function thinned(): Promise<Exposure> {
  const scorer = await loadScorer();
  let weeks = 0;
  let alarms = 0;
  for (const { file, times, counts, windows } of realSeries(scorer))
    for (const perMinute of [0.03, 0.2, 1]) {
      const random = createRandom(Math.round(perMinute * 1000) + file.length);
      const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length / 5;
      const spans = windows.map(([from, to]) => [scorer.parseTime(from) - HOUR_MS, scorer.parseTime(to) + HOUR_MS]);
      const isQuiet = (at: number) => !spans.some(([from = 0, to = 0]) => at >= from && at <= to);
      const arrivals = times.flatMap((at, index) => {
        if (!isQuiet(at)) return [];
        const kept = Array.from({ length: counts[index] ?? 0 }).filter(() => random() < perMinute / mean);
        return kept.map(() => at + Math.floor(random() * 5 * MINUTE_MS));
      });
      weeks += (times.filter(isQuiet).length * 5 * MINUTE_MS) / WEEK_MS;
      alarms += opened(arrivals, isQuiet);
    }
  return { weeks, alarms };
}

/** Over-dispersed Poisson arrivals with day and night, their rate drawn anew every quarter of an hour. */
function generated(): Exposure {
  let weeks = 0;
  let alarms = 0;
  for (const perMinute of [0.01, 0.05, 0.3, 2])
    for (const wavering of [0.05, 0.3])
      for (const seed of [1, 2]) {
        const random = createRandom(seed * 77 + Math.round(perMinute * 1000));
        const arrivals: number[] = [];
        let rate = 1;
        for (let minute = 0; minute < (GENERATED_WEEKS * WEEK_MS) / MINUTE_MS; minute += 1) {
          if (minute % 15 === 0) rate = gamma(1 / wavering, random) * wavering;
          const daily = 1 + 0.7 * Math.sin((minute / 1440) * 2 * Math.PI);
          let next = exponential(random) / (perMinute * daily * rate);
          while (next < 1) {
            arrivals.push(START + Math.floor((minute + next) * MINUTE_MS));
            next += exponential(random) / (perMinute * daily * rate);
          }
        }
        weeks += GENERATED_WEEKS;
        alarms += opened(arrivals, () => true);
      }
  return { weeks, alarms };
}

function opened(arrivals: readonly number[], isCovered: (at: number) => boolean): number {
  const monitor = createSpikeMonitor({ isCovered });
  const plain = { author: null, text: '', sentiment: null, repostOf: null, reach: null };
  for (const [index, time] of arrivals.toSorted((a, b) => a - b).entries()) {
    const at = instant(time);
    monitor.observe({ ...plain, id: `q-${String(index)}`, observedAt: at, recordedAt: at }, 'live');
    monitor.assess(at);
  }
  return monitor.moments().filter(({ change }) => change === 'open').length;
}

function exponential(random: () => number): number {
  return -Math.log(1 - random());
}

/** Marsaglia & Tsang 2000, for shapes of at least 1. */
function gamma(shape: number, random: () => number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** The 95 % upper bound of a Poisson mean of which this many were seen (Garwood 1936): where so few are 5 % likely. */
function upperBound(seen: number): number {
  let [low, high] = [seen, 2 * seen + 10];
  while (high - low > 1e-6) {
    const mean = (low + high) / 2;
    let term = Math.exp(-mean);
    let sum = term;
    for (let k = 1; k <= seen; k += 1) sum += term *= mean / k;
    if (sum > 0.05) low = mean;
    else high = mean;
  }
  return high;
}
