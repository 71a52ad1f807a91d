/** The whole set of knobs. They are few on purpose: what is tuned to one series fails on the next. */
export interface SpikeConfig {
  /** Standard deviations above the expected count at which a spike opens. */
  readonly openAt: number;
  /** Below this in every window, for `quietMs`, it is over. */
  readonly closeAt: number;
  readonly quietMs: number;
  /** Escalates when five minutes bring this many times the mentions that were announced. */
  readonly worseBy: number;
  /** A window with fewer mentions than this raises nothing, however unusual. */
  readonly leastMentions: number;
  /** One or two loud accounts are not a crisis. Mentions without an author count one each. */
  readonly leastAuthors: number;
  /** A spike that was on when the host stopped: it goes on instead of opening again. */
  readonly ongoing: { readonly abnormalSince: number } | null;
}

export const DEFAULT_SPIKE_CONFIG: SpikeConfig = {
  openAt: 5,
  closeAt: 2.5,
  quietMs: 10 * 60_000,
  worseBy: 2,
  leastMentions: 10,
  leastAuthors: 3,
  ongoing: null,
};

/** The normal band that is drawn and named: 999 of 1000 ordinary counts lie below it. */
export const BAND_DEVIATIONS = 3;
/** What a minute of a spike adds to the baseline beside an ordinary one's 1, so that a crisis does not become the new normal while it lasts. */
export const ABNORMAL_WEIGHT = 0.03;
/** A cold monitor first has to see this much before it may say what is unusual. */
export const WARM_UP_MINUTES = 5;
/** Until then the state reads "learning". */
export const LEARNING_MINUTES = 60;
