import { existsSync } from 'node:fs';
import { detectLanguage } from '../../shared/domain/mention/language.ts';
import { estimateSentiment } from '../../shared/domain/mention/sentiment.ts';
import { correlation, RATED_POSTS, ratedPosts } from '../support/rated-posts.ts';
import { perSecond } from './match.ts';
import type { BenchRow } from './report.ts';

/** How well the estimate agrees with people, how often the language is told rightly, and how fast both are. */
export function benchSentiment(): readonly BenchRow[] {
  if (!existsSync(RATED_POSTS)) return [];
  const posts = ratedPosts();
  const estimates = posts.map(({ text }) => estimateSentiment(text, 'en'));
  const r = correlation(
    estimates.map((estimate) => estimate ?? 0),
    posts.map(({ rating }) => rating),
  );
  const languages = posts.map(({ text }) => detectLanguage(text));
  const told = languages.filter((language) => language !== null);
  const right = told.filter((language) => language === 'en').length / told.length;
  const sentimentRate = perSecond(posts, ({ text }) => estimateSentiment(text, 'en'));
  const languageRate = perSecond(posts, ({ text }) => detectLanguage(text));
  const noFloor = { against: null, ratio: null };
  return [
    {
      what: `sentiment, Pearson r on ${String(posts.length)} rated posts`,
      value: r,
      unit: '',
      against: '0.88 published',
      ratio: r / 0.88,
      goal: '>= 0.87',
      met: r >= 0.87,
    },
    {
      what: 'sentiment, posts',
      value: sentimentRate,
      unit: '/s',
      ...noFloor,
      goal: '>= 20,000/s',
      met: sentimentRate >= 20_000,
    },
    {
      what: `language, told rightly (${String(languages.length - told.length)} not told)`,
      value: right * 100,
      unit: '%',
      ...noFloor,
      goal: '>= 98 %',
      met: right >= 0.98,
    },
    {
      what: 'language, posts',
      value: languageRate,
      unit: '/s',
      ...noFloor,
      goal: '>= 5,000/s',
      met: languageRate >= 5_000,
    },
  ];
}
