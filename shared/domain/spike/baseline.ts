import type { Instant } from '../../base/ids.ts';
import { WAVERING } from './counts.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const HOURS = 24;

/** The level forgets half of what it knew in this time: slow against an outbreak, quick against a change of week. */
const LEVEL_HALF_LIFE_MS = 2 * DAY_MS;
/** The hours of the day need several days to be known, so they are kept longer. */
const HABIT_HALF_LIFE_MS = 7 * DAY_MS;
/** The prior: half a mention in five minutes, known as badly as after no more than that. */
const PRIOR_MENTIONS = 0.5;
const PRIOR_MS = 5 * MINUTE_MS;
/** How many mentions an hour of the day must have brought before its own data outweighs "as any other". */
const MENTIONS_TO_KNOW_AN_HOUR = 200;
/** On the first day nobody knows how the hours differ: the rate is taken to waver by this much more, shrinking to 0. */
const FIRST_DAY_WAVERING = 0.25;

export interface Expectation {
  /** Mentions due in the span. */
  readonly mean: number;
  /** Relative variance of the rate, see `counts.ts`: more while little is known. */
  readonly wavering: number;
}

/**
 * What is normal at a moment: a slow level of mentions per millisecond (a discounted Gamma-Poisson ratio with a prior)
 * times a factor for the hour of the day in UTC (discounted seen over due, shrunk to 1), joined linearly between the
 * middles of the hours. What it is taught must have been curbed by the caller: see `learningFrom`.
 */
export interface Baseline {
  expect(spanMs: number, endsAt: number): Expectation;
  /** A whole span and its count. `weight` below 1 where it was abnormal. */
  learn(startsAt: Instant, spanMs: number, count: number, weight: number): void;
  /** Of spans that were learned, whatever their weight. */
  learnedMs(): number;
}

export function createBaseline(): Baseline {
  let seen = 0;
  let weightedMs = 0;
  let learned = 0;
  const seenByHour = new Float64Array(HOURS);
  const dueByHour = new Float64Array(HOURS);

  function hourFactor(hour: number): number {
    const at = (hour + HOURS) % HOURS;
    return ((seenByHour[at] ?? 0) + MENTIONS_TO_KNOW_AN_HOUR) / ((dueByHour[at] ?? 0) + MENTIONS_TO_KNOW_AN_HOUR);
  }

  function factor(at: number): number {
    const position = (at / HOUR_MS - 0.5 + HOURS) % HOURS;
    const hour = Math.floor(position);
    const share = position - hour;
    return hourFactor(hour) * (1 - share) + hourFactor(hour + 1) * share;
  }

  function level(): number {
    return (seen + PRIOR_MENTIONS) / (weightedMs + PRIOR_MS);
  }

  return {
    expect(spanMs, endsAt) {
      const firstDay = Math.max(0, 1 - learned / DAY_MS) * FIRST_DAY_WAVERING;
      const wavering = WAVERING + firstDay + 1 / (seen + PRIOR_MENTIONS) / 10;
      return { mean: level() * factor(endsAt - spanMs / 2) * spanMs, wavering };
    },
    learn(startsAt, spanMs, count, weight) {
      const middle = startsAt + spanMs / 2;
      const now = level();
      const current = factor(middle);
      const hour = Math.floor(middle / HOUR_MS) % HOURS;
      // Each hour ages only while it is on, so that a day's other 23 hours do not wash it out.
      const hourKeeps = 0.5 ** ((weight * spanMs * HOURS) / HABIT_HALF_LIFE_MS);
      seenByHour[hour] = (seenByHour[hour] ?? 0) * hourKeeps + weight * count;
      dueByHour[hour] = (dueByHour[hour] ?? 0) * hourKeeps + weight * now * spanMs;
      const levelKeeps = 0.5 ** ((weight * spanMs) / LEVEL_HALF_LIFE_MS);
      seen = seen * levelKeeps + weight * count;
      weightedMs = weightedMs * levelKeeps + weight * spanMs * current;
      learned += spanMs;
    },
    learnedMs: () => learned,
  };
}
