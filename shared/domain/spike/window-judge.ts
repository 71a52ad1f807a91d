import type { Expectation } from './baseline.ts';
import { rarityOf, type PeakTail } from './calculation.ts';
import { stabilised } from './counts.ts';
import { createPeakCalibration, tailPrior, type TailPrior } from './peak-calibration.ts';

/** The model's tail changes as slowly as the hours of the day, and is dear to compute. */
const PRIOR_HOLDS_MS = 3_600_000;

export interface Judgement {
  readonly observed: number;
  readonly expected: number;
  readonly wavering: number;
  readonly deviation: number;
  readonly tail: PeakTail;
  /** log10 of the days between two such deviations. */
  readonly rarity: number;
}

/** Judges the counts of one window length, and learns from its peaks what is rare for this watch query. */
export interface WindowJudge {
  /** `at` in ms; never goes back. */
  judge(observed: number, expectation: Expectation, at: number): Judgement;
  /** What was judged last stood for this long. Not to be called for times that must not teach. */
  note(durationMs: number): void;
  days(): number;
}

export function createWindowJudge(windowMs: number, blockMs: number): WindowJudge {
  const calibration = createPeakCalibration(blockMs);
  let prior: TailPrior | null = null;
  let priorAt = -Infinity;
  let last: Judgement | null = null;
  let lastExpectation: Expectation | null = null;

  function priorAround({ mean, wavering }: Expectation, at: number): TailPrior {
    if (prior === null || at - priorAt >= PRIOR_HOLDS_MS) {
      prior = tailPrior(mean, wavering, blockMs / windowMs);
      priorAt = at;
    }
    return prior;
  }

  return {
    judge(observed, expectation, at) {
      const tail = calibration.tail(priorAround(expectation, at));
      // Most looks at most streams see what the look before saw.
      if (last !== null && last.observed === observed && lastExpectation === expectation && last.tail === tail)
        return last;
      const { mean: expected, wavering } = expectation;
      const deviation = stabilised(observed, wavering) - stabilised(expected, wavering);
      lastExpectation = expectation;
      last = { observed, expected, wavering, deviation, tail, rarity: rarityOf(deviation, tail) };
      return last;
    },
    note(durationMs) {
      if (last !== null && prior !== null) calibration.note(last.deviation, prior, durationMs);
    },
    days: () => calibration.days(),
  };
}
