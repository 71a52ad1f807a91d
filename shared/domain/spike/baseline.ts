import type { Instant } from '../../base/ids.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const HOURS = 24;

/** The level forgets half of what it knew in this time: slow against an outbreak, quick against a change of week. */
const LEVEL_HALF_LIFE_MINUTES = 6 * 60;
/** The hours' factors and the spread need several days to be known, so they are kept longer. */
const HABIT_HALF_LIFE_MINUTES = 7 * 24 * 60;
/** The prior: one mention in five minutes, known as badly as after one single mention. */
const PRIOR_MENTIONS = 1;
const PRIOR_MINUTES = 5;
/**
 * Until data says otherwise the rate itself wavers by half (its variance is a quarter of its square), as with
 * negative-binomial counts: pure chance rules where little is due, the wavering where much is.
 */
const PRIOR_WAVERING = 0.25;
/** How many mentions an hour or a spread must have been expected to have before its own data outweighs the prior. */
const PRIOR_WEIGHT = 20;
/** How long an hour of the day must have been seen until its rate is half known. */
const MINUTES_TO_KNOW_AN_HOUR = 30;
/** While no mention comes although this many (times phi) were due, the feed is doubted: silence is not learned. */
const DUE_BEFORE_DOUBT = 10;

export interface Expectation {
  /** Mentions due in the window. */
  readonly mean: number;
  /** Variance over mean, at least 1; how badly the mean itself is known is part of it. */
  readonly dispersion: number;
}

/**
 * What is normal at this moment: a slow level of mentions per minute times a factor for the hour of the day (UTC).
 *
 * Level: a discounted Gamma-Poisson ratio (mentions seen over factor-weighted minutes, with a prior), so it is wide
 * when cold. Hour factors: discounted seen over due per hour, shrunk to 1 until the hour has been seen, joined
 * linearly between the middles of the hours. Spread: counts are over-dispersed, variance = phi * mean with phi >= 1
 * learned for each window as a ratio of discounted sums (quasi-Poisson; McCullagh & Nelder 1989, section 6.2).
 */
export interface Baseline {
  expect(windowMs: number, spanMs: number, endsAt: Instant): Expectation;
  /** One whole minute. `weight` below 1 where it was abnormal. */
  learnMinute(startsAt: Instant, count: number, weight: number): void;
  /** One whole window of a known length; windows of one length must not overlap. */
  learnSpread(windowMs: number, endsAt: Instant, count: number, weight: number): void;
  /** Minutes learned so far, the doubted ones left out. */
  learnedMinutes(): number;
}

export function createBaseline(): Baseline {
  const levelKeeps = 0.5 ** (1 / LEVEL_HALF_LIFE_MINUTES);
  const habitKeeps = 0.5 ** (1 / HABIT_HALF_LIFE_MINUTES);
  let seen = PRIOR_MENTIONS;
  let minutes = PRIOR_MINUTES;
  let learned = 0;
  let dueInSilence = 0;
  const seenByHour = new Float64Array(HOURS);
  const dueByHour = new Float64Array(HOURS);
  const minutesByHour = new Float64Array(HOURS);
  const spreadByWindow = new Map<number, { squares: number; due: number }>();

  function hourFactor(hour: number): number {
    const at = (hour + HOURS) % HOURS;
    return ((seenByHour[at] ?? 0) + PRIOR_WEIGHT) / ((dueByHour[at] ?? 0) + PRIOR_WEIGHT);
  }

  function factor(at: number): number {
    const position = (at / HOUR_MS - 0.5) % HOURS;
    const hour = Math.floor(position);
    const share = position - hour;
    return hourFactor(hour) * (1 - share) + hourFactor(hour + 1) * share;
  }

  function phi(windowMs: number, due: number): number {
    const spread = spreadByWindow.get(windowMs);
    const squares = (1 + PRIOR_WAVERING * due) * PRIOR_WEIGHT + (spread?.squares ?? 0);
    return Math.max(1, squares / (PRIOR_WEIGHT + (spread?.due ?? 0)));
  }

  function mean(spanMs: number, endsAt: number): number {
    return (seen / minutes) * factor(endsAt - spanMs / 2) * (spanMs / MINUTE_MS);
  }

  function expect(windowMs: number, spanMs: number, endsAt: Instant): Expectation {
    const due = mean(spanMs, endsAt);
    // Relative variances: the level is known as well as `seen` mentions can tell it, the hour as long as it was seen.
    const hour = hourOf(endsAt);
    const unknown = 1 / seen + PRIOR_WAVERING / (1 + (minutesByHour[hour] ?? 0) / MINUTES_TO_KNOW_AN_HOUR);
    return { mean: due, dispersion: phi(windowMs, due) * (1 + due * unknown) };
  }

  function learnMinute(startsAt: Instant, count: number, weight: number): void {
    const endsAt = startsAt + MINUTE_MS;
    const due = mean(MINUTE_MS, endsAt);
    dueInSilence = count === 0 ? dueInSilence + due : 0;
    if (dueInSilence > DUE_BEFORE_DOUBT * phi(MINUTE_MS, due)) return;

    const hour = hourOf(startsAt);
    const level = seen / minutes;
    const habitForgets = habitKeeps ** weight;
    // Each hour ages only while it is on, so that a day's other 23 hours do not wash it out.
    const hourForgets = habitForgets ** HOURS;
    seenByHour[hour] = (seenByHour[hour] ?? 0) * hourForgets + weight * count;
    dueByHour[hour] = (dueByHour[hour] ?? 0) * hourForgets + weight * level;
    minutesByHour[hour] = (minutesByHour[hour] ?? 0) + weight;

    const levelForgets = levelKeeps ** weight;
    const current = factor(startsAt + MINUTE_MS / 2);
    seen = Math.max(PRIOR_MENTIONS * 0.1, seen * levelForgets + weight * count);
    minutes = minutes * levelForgets + weight * current;
    learned += weight;
  }

  function learnSpread(windowMs: number, endsAt: Instant, count: number, weight: number): void {
    const due = mean(windowMs, endsAt);
    if (dueInSilence > DUE_BEFORE_DOUBT * phi(MINUTE_MS, due)) return;
    const before = spreadByWindow.get(windowMs) ?? { squares: 0, due: 0 };
    const forgets = habitKeeps ** ((windowMs / MINUTE_MS) * weight);
    spreadByWindow.set(windowMs, {
      squares: before.squares * forgets + weight * (count - due) ** 2,
      due: before.due * forgets + weight * due,
    });
  }

  return { expect, learnMinute, learnSpread, learnedMinutes: () => learned };
}

function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS) % HOURS;
}

/**
 * How far a count lies above what is due, in standard deviations: the square root makes counts of equal spread
 * (Anscombe 1948, with the 3/8 of his equation 2.7), divided by the root of their dispersion.
 */
export function scoreOf(count: number, expectation: Expectation): number {
  return (2 * (Math.sqrt(count + 3 / 8) - Math.sqrt(expectation.mean + 3 / 8))) / Math.sqrt(expectation.dispersion);
}

/** The counts that lie within `deviations` of what is due, by the same measure as `scoreOf`. */
export function normalBand(
  expectation: Expectation,
  deviations: number,
): { readonly lower: number; readonly upper: number } {
  const middle = Math.sqrt(expectation.mean + 3 / 8);
  const half = (deviations * Math.sqrt(expectation.dispersion)) / 2;
  const root = Math.max(0, middle - half);
  return { lower: Math.max(0, root * root - 3 / 8), upper: (middle + half) ** 2 - 3 / 8 };
}
