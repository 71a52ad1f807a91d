import type { Explanation, SpikeAssessment } from './spike-assessment.ts';

export interface Evidence {
  readonly fiveMinutes: Pick<SpikeAssessment, 'observed' | 'expected' | 'lower' | 'upper' | 'negativeShare'>;
  readonly authors: number;
  readonly stories: number;
  /** The window where it is most unusual. */
  readonly strongest: {
    readonly minutes: number;
    readonly observed: number;
    readonly expected: number;
    readonly score: number;
    readonly dispersion: number;
  };
  readonly state: SpikeAssessment['state'];
  readonly change: SpikeAssessment['change'];
  /** Why nothing opens although the count is that unusual; null when nothing is held back. */
  readonly heldBack: string | null;
  readonly learnedMinutes: number;
}

/** The reasons in words and numbers. Everything in it was known at the moment it speaks of. */
export function explain(evidence: Evidence): Explanation {
  const { fiveMinutes, strongest } = evidence;
  const negative = fiveMinutes.negativeShare === null ? 'unknown' : percent(fiveMinutes.negativeShare);
  return {
    sentence: sentenceOf(evidence),
    facts: [
      { label: 'Mentions in 5 minutes', value: String(fiveMinutes.observed) },
      { label: 'Expected at this hour', value: rounded(fiveMinutes.expected) },
      { label: 'Normal range', value: `${Math.ceil(fiveMinutes.lower)} to ${Math.floor(fiveMinutes.upper)}` },
      { label: 'Different authors', value: String(evidence.authors) },
      { label: 'Different stories', value: String(evidence.stories) },
      { label: 'Negative (estimate)', value: negative },
      {
        label: 'Most unusual window',
        value: `${strongest.minutes} min: ${strongest.observed} where ${rounded(strongest.expected)} are expected`,
      },
      { label: 'Standard deviations above expected', value: strongest.score.toFixed(1) },
      { label: 'Spread of the counts (1 is pure chance)', value: strongest.dispersion.toFixed(1) },
      { label: 'Learned from', value: learnedFrom(evidence.learnedMinutes) },
    ],
  };
}

function sentenceOf({ fiveMinutes, strongest, authors, change, state, heldBack, learnedMinutes }: Evidence): string {
  const window = strongest.minutes === 1 ? 'one minute' : `${strongest.minutes} minutes`;
  const unusual =
    `${mentions(strongest.observed)} in ${window} where ${rounded(strongest.expected)} ` +
    `${rounded(strongest.expected) === '1' ? 'is' : 'are'} expected at this hour, ` +
    `from ${authors} ${authors === 1 ? 'author' : 'different authors'}` +
    (fiveMinutes.negativeShare === null ? '.' : `; ${percent(fiveMinutes.negativeShare)} negative by our estimate.`);
  if (change === 'resolve') {
    return `Back to normal: ${mentions(fiveMinutes.observed)} in 5 minutes where ${rounded(fiveMinutes.expected)} are expected.`;
  }
  if (change === 'escalate') return `Clearly worse: ${unusual}`;
  if (state === 'spike') return unusual;
  if (heldBack !== null) return `${unusual} No alarm: ${heldBack}.`;
  const learning =
    state === 'learning' ? ` Still learning what is normal (${learnedFrom(learnedMinutes)} so far).` : '';
  const range = `the normal range is ${Math.ceil(fiveMinutes.lower)} to ${Math.floor(fiveMinutes.upper)}`;
  return `${mentions(fiveMinutes.observed)} in 5 minutes; ${range}.${learning}`;
}

function mentions(count: number): string {
  return count === 1 ? '1 mention' : `${count} mentions`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function rounded(value: number): string {
  return value < 10 ? String(Math.round(value * 10) / 10) : String(Math.round(value));
}

function learnedFrom(minutes: number): string {
  if (minutes < 90) return `${Math.round(minutes)} min`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}
