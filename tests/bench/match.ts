import { existsSync } from 'node:fs';
import { WatchQueryId } from '../../shared/base/ids.ts';
import { createStoryGrouper } from '../../shared/domain/mention/near-copies.ts';
import { createMatcher } from '../../shared/domain/watch-query/matcher.ts';
import type { MatchedPost } from '../../shared/domain/watch-query/read-post.ts';
import { blueskyPosts, crisisTweets } from '../support/crisis-tweets.ts';
import { RATED_POSTS, ratedPosts } from '../support/rated-posts.ts';
import { type BenchRow, percentile } from './report.ts';

/** What a team might watch, from one rare word to a broad question; some find much of these texts. */
const QUERIES = [
  'helicopter OR glasgow',
  '"helicopter crash" -RT',
  '(glasgow OR clutha) (pub OR bar) -"pray for"',
  '#glasgow, #clutha, #helicopter',
  'lax (shooting OR shooter OR gunman)',
  '"los angeles" airport',
  'TSA, "airport security", terminal*',
  'renfe OR alvia OR "santiago de compostela"',
  'tren (descarrilado OR descarrila* OR accidente) lang:es',
  '(víctimas OR muertos OR heridos) -url:example.com',
  '@BBCBreaking OR @elmundoes OR @LANow',
  'acme, acme corp, acmecorp, acme pots',
  '"pressure cooker" (lid OR explod* OR burn*) -recipe',
  'starbucks OR mcdonalds OR "burger king"',
  'apple (iphone OR ipad OR mac*) -pie',
  'netflix channel:bluesky',
  'happy birthday',
  'terrible service, awful service, "worst service ever"',
  '(recall OR lawsuit OR boycott) AND (toy OR car OR food OR drug*)',
  '東京 OR アクメ OR 鍋',
] as const;

/** Posts a second and core that 20 watch queries are asked about, and that are told apart into stories. */
export function benchMatch(): readonly BenchRow[] {
  const posts = realPosts();
  if (posts.length === 0) return [];
  const matcher = createMatcher(
    QUERIES.map((query, at) => ({ watchQueryId: WatchQueryId.parse(`q-${String(at)}`), query })),
  );
  const matchRate = perSecond(posts, (post) => matcher.match(post));
  const grouper = createStoryGrouper();
  let seen = 0;
  const storyRate = perSecond(posts, ({ text }) => grouper.place({ id: String((seen += 1)), text, repostOf: null }));
  const noFloor = { against: null, ratio: null, unit: '/s' };
  return [
    { what: '20 watch queries, posts', value: matchRate, ...noFloor, goal: '>= 10,000/s', met: matchRate >= 10_000 },
    {
      what: 'near-copies told apart, posts',
      value: storyRate,
      ...noFloor,
      goal: '>= 20,000/s',
      met: storyRate >= 20_000,
    },
  ];
}

function realPosts(): readonly MatchedPost[] {
  const rated = existsSync(RATED_POSTS) ? ratedPosts().map(({ text }) => ({ text, language: 'en' })) : [];
  const tweets = (['2013_Glasgow_helicopter_crash', '2013_LA_airport_shootings', '2013_Spain_train_crash'] as const)
    .flatMap(crisisTweets)
    .map((text) => ({ text, language: null }));
  return [...rated, ...tweets, ...blueskyPosts()].map((post, at) => ({
    ...post,
    author: `author-${String(at % 500)}`,
    channel: 'bluesky',
    url: `https://example.org/post/${String(at)}`,
  }));
}

/** The median of five runs over all posts, after one that warms the code. */
export function perSecond<Item>(items: readonly Item[], work: (item: Item) => unknown): number {
  const rates = Array.from({ length: 6 }, () => {
    const start = performance.now();
    for (const item of items) work(item);
    return (items.length / (performance.now() - start)) * 1000;
  });
  return percentile(rates.slice(1), 0.5);
}
