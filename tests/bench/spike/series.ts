import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SHARED_DATA } from '../../support/shared-data.ts';
import { createRandom } from '../../support/mention-fixtures.ts';

const FOLDER = join(SHARED_DATA, 'nab-twitter');
const SCORER = join(SHARED_DATA, '..', 'tools', 'nab-score.mjs');

export interface Profile {
  readonly tp: number;
  readonly fn: number;
  readonly fp: number;
}

export interface ScoredSeries {
  readonly key: string;
  readonly windows: readonly { readonly a: number; readonly b: number }[];
}

interface Scored {
  readonly score: number;
  readonly normalised: number;
  readonly windows: number;
  readonly detected: number;
  readonly fpEpisodesPerSeriesWeek: number;
  readonly series: readonly { readonly detail: readonly { readonly utility: number | null }[] }[];
}

/** The scorer that lies beside the data: an independent implementation of the benchmark's rule. */
export interface Scorer {
  readonly PROFILES: Readonly<Record<'standard' | 'reward_low_FP_rate' | 'reward_low_FN_rate', Profile>>;
  parseTime(text: string): number;
  makeSeries(
    key: string,
    csv: { t: Float64Array; v: Float64Array; s: Float64Array; n: number; bad: number },
    windows: readonly (readonly [string, string])[],
  ): ScoredSeries;
  optimise(set: readonly ScoredSeries[], profile: Profile): { readonly threshold: number; readonly normalised: number };
  scoreAt(set: readonly ScoredSeries[], profile: Profile, threshold: number): Scored;
}

export interface LabelledSeries {
  readonly file: string;
  /** `as it is`, or how it was changed. */
  readonly copy: string;
  readonly times: readonly number[];
  readonly counts: readonly number[];
  readonly windows: readonly (readonly [string, string])[];
}

export function isThere(): boolean {
  return existsSync(SCORER) && existsSync(join(FOLDER, 'windows.json'));
}

export async function loadScorer(): Promise<Scorer> {
  return (await import(pathToFileURL(SCORER).href)) as Scorer;
}

/** The real series, as they are. */
export function realSeries(scorer: Scorer): readonly LabelledSeries[] {
  const windows = JSON.parse(readFileSync(join(FOLDER, 'windows.json'), 'utf8')) as Record<string, [string, string][]>;
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.csv'))
    .sort()
    .map((file) => {
      const rows = readFileSync(join(FOLDER, file), 'utf8').trim().split('\n').slice(1);
      const cells = rows.map((row) => row.split(','));
      return {
        file,
        copy: 'as it is',
        times: cells.map(([at]) => scorer.parseTime(at ?? '')),
        counts: cells.map(([, count]) => Number(count)),
        windows: windows[file] ?? [],
      };
    });
}

/** Thinned to a half, a fifth and a twelfth, and begun two and a half and five days later. */
export function copiesOf(series: LabelledSeries, scorer: Scorer): readonly LabelledSeries[] {
  const thinned = [0.5, 0.2, 0.08].map((share, index) => {
    const random = createRandom((index + 1) * 7919 + series.file.length);
    const counts = series.counts.map((count) => binomial(count, share, random));
    return { ...series, copy: `thinned to ${String(share)}`, counts };
  });
  const shifted = [700, 1500].map((rows) => {
    const times = series.times.slice(rows);
    const windows = series.windows.filter(([from]) => scorer.parseTime(from) >= (times[0] ?? 0));
    return { ...series, copy: `from row ${String(rows)}`, times, counts: series.counts.slice(rows), windows };
  });
  return [...thinned, ...shifted];
}

function binomial(count: number, share: number, random: () => number): number {
  if (count > 200) {
    const gauss = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const drawn = Math.round(count * share + Math.sqrt(count * share * (1 - share)) * gauss);
    return Math.min(count, Math.max(0, drawn));
  }
  let kept = 0;
  for (let one = 0; one < count; one += 1) if (random() < share) kept += 1;
  return kept;
}
