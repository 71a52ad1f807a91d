import type { Sensitivity } from './sensitivity.ts';

/**
 * log10 of the days between two deviations of one window that call people, by sensitivity. Four windows are looked at
 * and no real series is stationary, so what is asked for is rarer than the words: METHOD.md has what was measured.
 */
export const RARITY_TO_OPEN: { readonly [S in Sensitivity]: number } = {
  monthly: 2.1,
  weekly: 1.4,
  daily: 0.3,
};

/** In decades: the rarest of four windows is this much more common than it says of itself (measured, METHOD.md). */
export const WINDOWS_AT_ONCE = 0.4;

/** What is looked at, live and in buckets alike. */
export const WINDOWS_MS = [60_000, 5 * 60_000, 15 * 60_000, 3_600_000] as const;
/** A window with fewer mentions than this opens nothing, however unusual. */
export const LEAST_MENTIONS = 6;
/** One or two loud accounts are not a crisis. Mentions without an author count one each. */
export const LEAST_AUTHORS = 3;
/** Nothing unusual for this long is a lull: what rises after it is worth a call again. */
export const LULL_MS = 30 * 60_000;
/** Nothing unusual for this long ends a spike. */
export const QUIET_MS = 6 * 3_600_000;
/** What begins again within this time of its end is the same storm. */
export const SAME_STORM_MS = 6 * 3_600_000;
/** Escalates when five minutes bring this many times the mentions that were announced. */
export const WORSE_BY = 3;
/** What would have called people longer ago than this is told without a sound. */
export const SOUND_WITHIN_MS = 15 * 60_000;
/** A cold monitor first has to see this much before it may say what is unusual. */
export const WARM_UP_MS = 5 * 60_000;
/** Until then the state reads "learning", and the prior is wide. */
export const LEARNING_MS = 24 * 3_600_000;
/** Negative share and reach raise an alarm by themselves only after this many days of their own peaks. */
export const CALIBRATED_DAYS = 7;
/** The normal band that is drawn and named: 999 of 1000 ordinary counts lie below it. */
export const BAND_DEVIATIONS = 3;
