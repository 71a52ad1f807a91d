import type { Instant } from '../../base/ids.ts';
import type { SpikeCalculation } from './calculation.ts';

/** `open` and `escalate` call people; a storm that begins again within six hours of its end escalates. */
export type SpikeChange = 'open' | 'escalate' | 'resolve';

/** What the monitor says about one watch query at one moment, with the reasons for people. */
export interface SpikeAssessment {
  readonly at: Instant;
  /** The window that `observed`, `expected`, `lower` and `upper` speak of: always 5 minutes. */
  readonly windowMs: number;
  readonly observed: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  /** log10 of the days between two such deviations of this watch query, by what is most unusual. */
  readonly score: number;
  /** Share of the negative among those whose sentiment is known, in 5 minutes; null when none is. */
  readonly negativeShare: number | null;
  /** `no-data`: no feed delivers, and nobody knows. */
  readonly state: 'learning' | 'normal' | 'spike' | 'no-data';
  /** What happened since the assessment before. */
  readonly change: SpikeChange | null;
  /** The change happened more than 15 minutes ago, or rests on history: it is told without a sound. */
  readonly isHistory: boolean;
  /** T0: `recordedAt` of the first abnormal mention of the spike that is on (or resolves now). */
  readonly abnormalSince: Instant | null;
  readonly calculation: SpikeCalculation;
  readonly explanation: Explanation;
}

/** A change as it happened, on the time of the mentions. */
export interface SpikeMoment {
  readonly at: Instant;
  readonly change: SpikeChange;
  readonly isHistory: boolean;
  readonly abnormalSince: Instant | null;
  readonly calculation: SpikeCalculation;
  readonly explanation: Explanation;
}

export interface Explanation {
  readonly sentence: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
}

/** One step of the chart. The band is what was expected then, not what is known now. */
export interface SeriesPoint {
  readonly at: Instant;
  readonly count: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  readonly negativeShare: number | null;
  /** False where no feed delivered: a gap, never calm. */
  readonly covered: boolean;
}
