import { instant } from '../../../shared/base/ids.ts';
import { createBucketDetector } from '../../../shared/domain/spike/bucket-detector.ts';
import type { BenchRow } from '../report.ts';
import {
  copiesOf,
  isThere,
  loadScorer,
  realSeries,
  type LabelledSeries,
  type Scorer,
  type ScoredSeries,
} from './series.ts';

/** What is accepted and what is wanted on series that nobody has seen. */
const GOALS = {
  standard: { name: 'standard', accepted: 62, goal: 68 },
  reward_low_FP_rate: { name: 'low false positives', accepted: 58, goal: 60 },
  reward_low_FN_rate: { name: 'low false negatives', accepted: 65, goal: 72 },
} as const;
/** What published detectors reach on other series of the same kind: Numenta's benchmark, `realTweets`. */
const HTM = { standard: 66.8, reward_low_FP_rate: 65.2, reward_low_FN_rate: 70.1 } as const;
const MOST_FALSE_ALARMS = 0.6;

interface Judged {
  readonly file: string;
  readonly isCopy: boolean;
  readonly scored: ScoredSeries;
}

/** Scores on the labelled series of Twitter mentions: threshold from the same series, from all others, and on copies. */
export async function benchLabelledSeries(): Promise<readonly BenchRow[]> {
  if (!isThere()) return [];
  const scorer = await loadScorer();
  const real = realSeries(scorer);
  const judged = real.flatMap((series) => [series, ...copiesOf(series, scorer)].map((one) => judge(one, scorer)));
  const asIs = judged.filter(({ isCopy }) => !isCopy);
  const rows: BenchRow[] = [];
  for (const profile of ['standard', 'reward_low_FP_rate', 'reward_low_FN_rate'] as const) {
    const { name, goal } = GOALS[profile];
    const weights = scorer.PROFILES[profile];
    const { threshold, normalised } = scorer.optimise(setOf(asIs), weights);
    const peer = { against: 'Numenta HTM on other series', goal: `>= ${String(goal)}` };
    const row = (what: string, value: number) =>
      rows.push({ what, value, unit: '', ...peer, ratio: value / HTM[profile], met: value >= goal });
    row(`spikes, labelled series, ${name}, threshold from the same`, normalised);
    row(`spikes, labelled series, ${name}, leave one out`, leaveOneOut(asIs, asIs, scorer, profile));
    row(`spikes, ${String(judged.length)} copies too, ${name}`, scorer.optimise(setOf(judged), weights).normalised);
    row(
      `spikes, ${String(judged.length)} copies too, ${name}, leave one out`,
      leaveOneOut(judged, judged, scorer, profile),
    );
    if (profile !== 'standard') continue;
    const falseAlarms = scorer.scoreAt(setOf(asIs), weights, threshold).fpEpisodesPerSeriesWeek;
    rows.push({
      what: 'spikes, false alarms a series-week at the standard threshold',
      value: falseAlarms,
      unit: '',
      against: null,
      ratio: null,
      goal: `<= ${String(MOST_FALSE_ALARMS)}`,
      met: falseAlarms <= MOST_FALSE_ALARMS,
    });
  }
  return rows;
}

function judge(series: LabelledSeries, scorer: Scorer): Judged {
  const [first = 0, second = 0] = series.times;
  const detector = createBucketDetector(second - first);
  const s = Float64Array.from(series.counts, (count, at) => detector.push(instant(series.times[at] ?? 0), count).score);
  const csv = { t: Float64Array.from(series.times), v: Float64Array.from(series.counts), s, n: s.length, bad: 0 };
  const scored = scorer.makeSeries(`${series.file} ${series.copy}`, csv, series.windows);
  return { file: series.file, isCopy: series.copy !== 'as it is', scored };
}

function setOf(judged: readonly Judged[]): readonly ScoredSeries[] {
  return judged.map(({ scored }) => scored);
}

/** Each series, with its copies, at the threshold that is best for all the others. */
function leaveOneOut(
  tuned: readonly Judged[],
  tested: readonly Judged[],
  scorer: Scorer,
  profile: keyof Scorer['PROFILES'],
): number {
  const weights = scorer.PROFILES[profile];
  const sum = { score: 0, worst: 0, best: 0 };
  for (const file of new Set(tested.map((one) => one.file))) {
    const { threshold } = scorer.optimise(setOf(tuned.filter((one) => one.file !== file)), weights);
    const result = scorer.scoreAt(setOf(tested.filter((one) => one.file === file)), weights, threshold);
    const scorable = result.series.flatMap(({ detail }) => detail).filter(({ utility }) => utility !== null).length;
    sum.score += result.score;
    sum.worst -= weights.fn * scorable;
    sum.best += weights.tp * result.windows;
  }
  return (100 * (sum.score - sum.worst)) / (sum.best - sum.worst);
}
