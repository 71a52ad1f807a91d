import { FeedId, instant, type Instant } from '../../shared/base/ids.ts';
import type { Post } from '../../shared/domain/mention/mention.ts';
import { createRandom } from './mention-fixtures.ts';

const DAY_MS = 24 * 60 * 60_000;
/** English enough to be told as such and judged: the commonest words first, then what people say of a product. */
const ENGLISH =
  `the to and a of is in it you that this was for on i not have with are but they my be we so at just what all
from your their about people when no time get like out has more if one do or will can an would there by who new now day me
really make good think know today love still because great bad never want need right back work why see really terrible after
company product service help customers broken safe awful answer thanks phone happy angry recall lid flew hate best worst waiting`
    .split(/\s+/)
    .filter((word) => word !== '');
const SYLLABLES = 'ba ce di fo gu ka le mi no ru sa te vi wo xu ya ze pra stu klo'.split(' ');
const WORDS = 60_000;

/** The first are English; each that follows is rarer than the one before (Zipf), down to one in a million words. */
export function wordAt(rank: number): string {
  const english = ENGLISH[rank];
  if (english !== undefined) return english;
  let word = '';
  for (let left = rank; word.length < 4 || left > 0; left = Math.floor(left / SYLLABLES.length))
    word += SYLLABLES[left % SYLLABLES.length] ?? '';
  return word;
}

export interface CorpusOptions {
  readonly count: number;
  readonly seed: number;
  /** The last post is a step before. */
  readonly until: Instant;
  readonly days: number;
  /** Put into each post, in turn. */
  readonly names: readonly string[];
}

/**
 * Posts as a firehose brings them, the same for the same seed: words by Zipf's law, as in a language, identities and
 * authors of Bluesky's shape and as many, spread evenly over the days, oldest first.
 */
export function* postCorpus(options: CorpusOptions): Generator<Post, void> {
  const { count, seed, until, days, names } = options;
  const random = createRandom(seed);
  const feedId = FeedId.parse('corpus');
  const stepMs = (days * DAY_MS) / count;
  for (let number = 0; number < count; number += 1) {
    const observedAt = instant(until - days * DAY_MS + number * stepMs);
    const account = Math.floor(random() ** 2 * 400_000).toString(36);
    const author = `did:plc:${account.padStart(24, 'q')}`;
    const words = Array.from({ length: 6 + Math.floor(random() * 28) }, () =>
      wordAt(Math.floor(Math.exp(random() * Math.log(WORDS))) - 1),
    );
    words.splice(Math.floor(random() * words.length), 0, names[number % names.length] ?? '');
    yield {
      id: `at://${author}/app.bsky.feed.post/3${number.toString(36).padStart(12, 'k')}`,
      feedId,
      channel: random() < 0.8 ? 'bluesky' : 'mastodon',
      author,
      text: words.join(' '),
      url: null,
      language: random() < 0.8 ? 'en' : null, // as sources of this kind mostly say it
      occurredAt: observedAt,
      observedAt,
      recordedAt: instant(observedAt + 400),
      engagement: Math.floor(random() ** 6 * 900),
      reach: random() < 0.5 ? Math.floor(random() ** 8 * 2_000_000) : null,
      repostOf: null,
      sentiment: null,
    };
  }
}
