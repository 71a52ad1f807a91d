import { rarityOf } from './calculation.ts';
import { createPeakCalibration, type TailPrior } from './peak-calibration.ts';
import type { Judgement } from './window-judge.ts';

const HOUR_MS = 3_600_000;
const HALF_LIFE_MS = 7 * 24 * HOUR_MS;
/** As long as nothing is known: one in five, known as badly as after twenty mentions. */
const PRIOR_SHARE = 0.2;
const PRIOR_KNOWN = 20;
/** A share of few is drawn towards the usual one by this many mentions: 3 of 3 is no evidence, 12 of 15 is. */
const DRAWN_BY = 5;
/** Mentions of one story are not independent: so many of them say at most as much as this many would. */
const MOST_EVIDENCE = 50;
const SHARE_PRIOR: TailPrior = { from: 2, scale: 0.5 };
const REACH_PRIOR: TailPrior = { from: 1.5, scale: 0.7 };

/** Judges something beside the volume over one hour, calibrated on its own peaks. */
export interface SideJudge<Seen> {
  judge(seen: Seen): Judgement | null;
  /** What was judged last stood for this long. */
  note(durationMs: number): void;
  /** What an hour of the ordinary was like. */
  learn(seen: Seen, durationMs: number): void;
  days(): number;
}

function calibrated(prior: TailPrior) {
  const calibration = createPeakCalibration();
  let last: number | null = null;
  return {
    judgement(observed: number, expected: number, deviation: number): Judgement {
      last = deviation;
      const tail = calibration.tail(prior);
      return { observed, expected, wavering: 0, deviation, tail, rarity: rarityOf(deviation, tail) };
    },
    note(durationMs: number): void {
      calibration.note(last ?? 0, prior, durationMs);
    },
    days: () => calibration.days(),
  };
}

/**
 * The share of negative mentions: a shift against the usual share, never a level. Shares on the angular scale
 * (Freeman & Tukey 1950), where they spread alike whatever they are.
 */
export function createNegativeJudge(): SideJudge<{ readonly negative: number; readonly withSentiment: number }> & {
  /** The usual share. */
  usual(): number;
} {
  const { judgement, ...rest } = calibrated(SHARE_PRIOR);
  let negativeSeen = PRIOR_SHARE * PRIOR_KNOWN;
  let seen = PRIOR_KNOWN;
  return {
    ...rest,
    usual: () => negativeSeen / seen,
    judge({ negative, withSentiment }) {
      if (withSentiment === 0) return null;
      const usual = negativeSeen / seen;
      const share = (negative + DRAWN_BY * usual) / (withSentiment + DRAWN_BY);
      const evidence = withSentiment / (1 + withSentiment / MOST_EVIDENCE);
      const deviation = 2 * Math.sqrt(evidence) * (Math.asin(Math.sqrt(share)) - Math.asin(Math.sqrt(usual)));
      return judgement(negative, usual * withSentiment, deviation);
    },
    learn({ negative, withSentiment }, durationMs) {
      const keeps = 0.5 ** (durationMs / HALF_LIFE_MS);
      negativeSeen = PRIOR_SHARE * PRIOR_KNOWN * (1 - keeps) + negativeSeen * keeps + negative;
      seen = PRIOR_KNOWN * (1 - keeps) + seen * keeps + withSentiment;
    },
  };
}

/** How many people the different authors of an hour reach, each capped: heavy-tailed, so it is judged as a ratio. */
export function createReachJudge(): SideJudge<{ readonly reach: number }> {
  const { judgement, ...rest } = calibrated(REACH_PRIOR);
  let reached = 0;
  let hours = 0;
  return {
    ...rest,
    judge({ reach }) {
      if (reach === 0 || hours === 0) return null;
      const usual = reached / hours;
      return judgement(reach, usual, Math.log((reach + usual / 2 + 1) / (usual * 1.5 + 1)));
    },
    learn({ reach }, durationMs) {
      const keeps = 0.5 ** (durationMs / HALF_LIFE_MS);
      reached = reached * keeps + (reach * durationMs) / HOUR_MS;
      hours = hours * keeps + durationMs / HOUR_MS;
    },
  };
}
