import type { Instant } from '../../base/ids.ts';
import type { Baseline, Expectation } from './baseline.ts';
import type { SpikeCalculation } from './calculation.ts';
import { BLOCK_MS } from './peak-calibration.ts';
import { createNegativeJudge, createReachJudge } from './side-judges.ts';
import { BUCKET_MS, type SlidingWindow, type WindowCounts } from './sliding-window.ts';
import { CALIBRATED_DAYS, LEAST_AUTHORS, LEAST_MENTIONS, WINDOWS_MS } from './spike-config.ts';
import { createWindowJudge, type Judgement } from './window-judge.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How unusual one quantity was in one window at one moment. */
export interface Look {
  readonly at: Instant;
  readonly windowMs: number;
  readonly quantity: SpikeCalculation['quantity'];
  readonly judgement: Judgement;
}

/** All that a moment is judged by: the volume of four windows; negative share and reach of the last hour. */
export interface Looks {
  /** What is normal in the minute that begins; holds until the next one. */
  openMinute(start: number): void;
  /** Of the four windows, in their order. */
  expectations(): readonly Expectation[];
  look(at: Instant): readonly Look[];
  /** Share and reach, to be judged once a minute, at its end: they cannot be hurried. */
  lookAside(at: Instant): void;
  /**
   * What was seen last stood for a bucket. `peaceMs` is for how long nothing happened that must not teach: a window
   * that still holds such a time does not teach either.
   */
  note(peaceMs: number): void;
  /** The same for share and reach, and a minute. They learn what is usual while no spike is on. */
  noteAside(peaceMs: number, isOn: boolean): void;
  /** Whether there are people enough behind it, and whether it is known well enough what is usual. */
  mayOpen(look: Look): boolean;
  usualNegativeShare(): number;
}

export function createLooks(baseline: Baseline, window: SlidingWindow): Looks {
  const judges = WINDOWS_MS.map((windowMs) => ({ windowMs, judge: createWindowJudge(windowMs, BLOCK_MS) }));
  const negativeJudge = createNegativeJudge();
  const reachJudge = createReachJudge();
  let expectations: readonly Expectation[] = [];
  let aside: readonly Look[] = [];
  let latest: readonly Look[] = [];
  let latestFor: { readonly expectations: typeof expectations; readonly aside: typeof aside } | null = null;

  function isAsBefore({ windowMs }: { readonly windowMs: number }, index: number): boolean {
    return latest[index]?.judgement.observed === window.count(windowMs);
  }

  return {
    openMinute(start) {
      expectations = WINDOWS_MS.map((windowMs) => baseline.expect(windowMs, start + MINUTE_MS / 2));
    },
    expectations: () => expectations,
    /** Most looks at most streams see what the look before saw, and keep its objects. */
    look(at) {
      if (latestFor?.expectations === expectations && latestFor.aside === aside && judges.every(isAsBefore))
        return latest;
      latestFor = { expectations, aside };
      const looks: Look[] = judges.map(({ windowMs, judge }, index) => {
        const expectation = expectations[index] ?? baseline.expect(windowMs, at);
        return { at, windowMs, quantity: 'volume', judgement: judge.judge(window.count(windowMs), expectation, at) };
      });
      latest = looks.concat(aside);
      return latest;
    },
    lookAside(at) {
      const hour = window.counts(HOUR_MS);
      const negative = negativeJudge.judge(hour);
      const reach = reachJudge.judge(hour);
      const seen: Look[] = [];
      if (negative) seen.push({ at, windowMs: HOUR_MS, quantity: 'negative', judgement: negative });
      if (reach) seen.push({ at, windowMs: HOUR_MS, quantity: 'reach', judgement: reach });
      if (seen.length > 0 || aside.length > 0) aside = seen;
    },
    note(peaceMs) {
      for (const { windowMs, judge } of judges) if (windowMs < peaceMs) judge.note(BUCKET_MS);
    },
    noteAside(peaceMs, isOn) {
      if (peaceMs <= HOUR_MS) return;
      negativeJudge.note(MINUTE_MS);
      reachJudge.note(MINUTE_MS);
      if (isOn) return;
      const hour = window.counts(HOUR_MS);
      negativeJudge.learn(minuteOf(hour), MINUTE_MS);
      reachJudge.learn(hour, MINUTE_MS);
    },
    mayOpen({ quantity, windowMs }) {
      if (quantity === 'negative' && negativeJudge.days() < CALIBRATED_DAYS) return false;
      if (quantity === 'reach' && reachJudge.days() < CALIBRATED_DAYS) return false;
      if (window.count(HOUR_MS) < LEAST_MENTIONS) return false;
      const { count, authors } = window.counts(windowMs);
      return count >= LEAST_MENTIONS && authors >= LEAST_AUTHORS;
    },
    usualNegativeShare: () => negativeJudge.usual(),
  };
}

export function strongestOf(looks: readonly Look[]): Look {
  return looks.reduce((best, one) => (one.judgement.rarity > best.judgement.rarity ? one : best));
}

export function calculationOf({ windowMs, quantity, judgement }: Look, threshold: number): SpikeCalculation {
  const { observed, expected, wavering, deviation, tail, rarity } = judgement;
  return {
    method: 'firebreak-spike-1',
    quantity,
    windowMs,
    observed,
    expected,
    wavering,
    deviation,
    tail,
    rarity,
    threshold,
  };
}

/** An hour's sums as what one minute of it brought. */
function minuteOf({ negative, withSentiment }: WindowCounts): {
  readonly negative: number;
  readonly withSentiment: number;
} {
  return { negative: negative / 60, withSentiment: withSentiment / 60 };
}
