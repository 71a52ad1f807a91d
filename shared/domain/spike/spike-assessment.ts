import type { Instant } from '../../base/ids.ts';

/** What the monitor says about one watch query at one moment, with the reasons for people. */
export interface SpikeAssessment {
  readonly at: Instant;
  /** The window that `observed`, `expected`, `lower` and `upper` speak of: always 5 minutes. */
  readonly windowMs: number;
  readonly observed: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  /** Standard deviations above what is expected, in the window (1, 5 or 15 minutes) where it is most unusual. */
  readonly score: number;
  /** Share of the negative among those whose sentiment is known, in 5 minutes; null when none is. */
  readonly negativeShare: number | null;
  readonly state: 'learning' | 'normal' | 'spike';
  /** What happened at this very assessment. */
  readonly change: 'open' | 'escalate' | 'resolve' | null;
  /** T0: `recordedAt` of the first abnormal mention of the spike that is on (or resolves now). */
  readonly abnormalSince: Instant | null;
  readonly explanation: Explanation;
}

export interface Explanation {
  readonly sentence: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
}

/** One minute of the chart. The band is for one minute and is what was expected then, not what is known now. */
export interface SeriesPoint {
  readonly at: Instant;
  readonly count: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  readonly negativeShare: number | null;
}
