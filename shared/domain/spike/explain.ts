import { countOf, formatCount, formatShare } from '../../base/format.ts';
import type { Instant } from '../../base/ids.ts';
import type { SpikeCalculation } from './calculation.ts';
import type { WindowCounts } from './sliding-window.ts';
import type { Explanation, SpikeChange } from './spike-assessment.ts';
import { WINDOWS_AT_ONCE } from './spike-config.ts';

export interface Evidence {
  readonly change: SpikeChange | null;
  readonly isOn: boolean;
  readonly since: Instant | null;
  readonly calculation: SpikeCalculation;
  /** Of the window that the calculation speaks of. */
  readonly sums: WindowCounts;
  readonly hour: WindowCounts;
  readonly usualNegativeShare: number;
  readonly band: { readonly lower: number; readonly upper: number };
  readonly learnedMs: number;
  readonly isLearning: boolean;
  readonly isExpected: boolean;
  readonly hasData: boolean;
  /** It is unusual, and one or two accounts are all that is behind it. */
  readonly fewAuthors: boolean;
}

/** The reasons in words and numbers. Everything in it was known at the moment it speaks of. */
export function explain(evidence: Evidence): Explanation {
  const { calculation, sums, hour, usualNegativeShare, band, learnedMs, since } = evidence;
  const negative = hour.withSentiment === 0 ? null : hour.negative / hour.withSentiment;
  return {
    sentence: sentenceOf(evidence),
    facts: [
      ...(since === null ? [] : [{ label: 'Abnormal since', value: utc(since) }]),
      { label: 'Window that fired', value: windowWords(calculation.windowMs) },
      { label: whatWasCounted(calculation), value: rounded(calculation.observed) },
      { label: 'Expected at this hour', value: rounded(calculation.expected) },
      ...(calculation.quantity === 'volume'
        ? [{ label: 'Normal range', value: `${Math.ceil(band.lower)} to ${Math.floor(band.upper)}` }]
        : []),
      { label: 'How rare for this watch query', value: rarityWords(calculation.rarity) },
      { label: 'Different authors', value: String(sums.authors) },
      { label: 'Different stories', value: String(sums.stories) },
      { label: 'Reposts', value: sums.count === 0 ? 'none' : formatShare(sums.reposts / sums.count) },
      { label: 'Negative in the last hour (estimate)', value: negative === null ? 'unknown' : formatShare(negative) },
      { label: 'Negative as a rule (estimate)', value: formatShare(usualNegativeShare) },
      { label: 'Followers of the authors, last hour', value: hour.reach === 0 ? 'unknown' : rounded(hour.reach) },
      { label: 'Learned from', value: learnedFrom(learnedMs) },
    ],
  };
}

function sentenceOf(evidence: Evidence): string {
  const { change, isOn, calculation, isLearning, isExpected, hasData, fewAuthors } = evidence;
  if (!hasData) return 'No feed delivers. Nobody knows whether it is calm.';
  if (change === 'resolve') return `Back to normal: ${countWords(evidence)}.`;
  if (change === 'escalate') return `Clearly worse: ${unusualWords(evidence)}`;
  if (change === 'open' || isOn) return unusualWords(evidence);
  if (calculation.rarity >= calculation.threshold) {
    if (isExpected) return `${unusualWords(evidence)} No alarm: people said that this is to be expected.`;
    if (fewAuthors) return `${unusualWords(evidence)} No alarm: one or two accounts wrote all of it.`;
  }
  const learning = isLearning ? ` Still learning what is normal (${learnedFrom(evidence.learnedMs)} so far).` : '';
  return `${capital(countWords(evidence))}.${learning}`;
}

function countWords({ calculation, band }: Evidence): string {
  const { observed, expected, quantity, windowMs } = calculation;
  const counted = `${counts(quantity, observed)} in ${windowWords(windowMs)}`;
  if (quantity !== 'volume') return `${counted}, ${rounded(expected)} expected`;
  return `${counted}; ${Math.ceil(band.lower)} to ${Math.floor(band.upper)} are normal at this hour`;
}

function unusualWords({ calculation, sums, hour, usualNegativeShare }: Evidence): string {
  const { observed, expected, quantity, windowMs, rarity } = calculation;
  const due = rounded(expected);
  const people = quantity === 'volume' ? `, from ${authors(sums.authors)}` : '';
  const negative = hour.withSentiment < 5 ? null : hour.negative / hour.withSentiment;
  const mood =
    negative === null
      ? ''
      : ` ${formatShare(negative)} of the last hour is negative by our estimate, ${formatShare(usualNegativeShare)} as a rule.`;
  return (
    `${counts(quantity, observed)} in ${windowWords(windowMs)} where ${due === '0' ? 'almost none' : due} ${due === '1' ? 'is' : 'are'} ` +
    `expected at this hour${people}. ${capital(rarityWords(rarity))} for this watch query.${mood}`
  );
}

function counts(quantity: SpikeCalculation['quantity'], observed: number): string {
  if (quantity === 'negative') return `${rounded(observed)} negative ${observed === 1 ? 'mention' : 'mentions'}`;
  if (quantity === 'reach') return `${rounded(observed)} followers reached`;
  return countOf(observed, 'mention');
}

function whatWasCounted({ quantity }: SpikeCalculation): string {
  return { volume: 'Mentions in it', negative: 'Negative mentions in it', reach: 'Followers reached in it' }[quantity];
}

function authors(count: number): string {
  return count === 1 ? '1 author' : `${formatCount(count)} different authors`;
}

/** What the tail says, and no more than three weeks of history can support: a year and beyond are one. */
export function rarityWords(rarity: number): string {
  const days = 10 ** (rarity - WINDOWS_AT_ONCE);
  if (days > 365) return 'rarer than once in a year';
  if (days >= 1.5) return `about once in ${Math.round(days)} days`;
  if (days >= 0.75) return 'about once a day';
  const hours = days * 24;
  return hours >= 1.5 ? `about once in ${Math.round(hours)} hours` : 'nothing unusual';
}

function windowWords(windowMs: number): string {
  const minutes = Math.round(windowMs / 60_000);
  return minutes === 1 ? 'one minute' : minutes === 60 ? 'one hour' : `${minutes} minutes`;
}

/** `2026-01-05 03:00:10 UTC` */
function utc(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function rounded(value: number): string {
  return value < 10 ? String(Math.round(value * 10) / 10) : formatCount(value);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function learnedFrom(learnedMs: number): string {
  const minutes = learnedMs / 60_000;
  if (minutes < 90) return `${Math.round(minutes)} min`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}
