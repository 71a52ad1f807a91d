import type { Instant } from '../../base/ids.ts';
import {
  accountOf,
  authorsOf,
  compare,
  copiesOf,
  highest,
  mentionsByStory,
  storiesOf,
  type Story,
} from './amplification.ts';
import { isNegative, REACH_CAP, type Mention } from './mention.ts';
import { questionsOf, type AskedQuestion } from './questions.ts';
import { countTerms, newTerms, type NewTerm, type TermCounts } from './terms.ts';
import { wordsSaid } from './words.ts';

/** From this many followers on, a new account that joins is worth a word by itself. */
export const INFLUENCER_REACH = 25_000;
const MOST_LISTED = 8;
const MOST_TERMS = 12;

/** The time before, summed up: it changes slowly and costs as much to read as the present. */
export interface DrivingPast {
  readonly terms: TermCounts;
  readonly negativeShare: number | null;
}

export interface DrivingAccount {
  readonly author: string;
  readonly channel: string;
  readonly mentions: number;
  /** Followers as last known; null when nobody knows. */
  readonly reach: number | null;
  /** The highest of its mentions; null when no source says. */
  readonly engagement: number | null;
  /** Never seen in this watch query before the span. */
  readonly isNew: boolean;
  /** New, and known to have many followers: an influencer joined. */
  readonly isInfluencer: boolean;
  /** Its first mention in the span. */
  readonly since: Instant;
}

/** Who and what drives the mentions of a span. */
export interface Driving {
  readonly mentions: number;
  readonly authors: number;
  /** The share that repeats another mention: reposts and near-copies; null when there are no mentions. */
  readonly repostShare: number | null;
  /** Among those whose sentiment is known; null when none is. */
  readonly negativeShare: number | null;
  readonly negativeShareBefore: number | null;
  /** Followers of the different accounts together, each up to `REACH_CAP`; null when no account's are known. */
  readonly reach: number | null;
  readonly stories: readonly Story[];
  readonly accounts: readonly DrivingAccount[];
  readonly questions: readonly AskedQuestion[];
  readonly terms: readonly NewTerm[];
  /** How many mentions tell the same story, by the id of each. */
  readonly copies: ReadonlyMap<string, number>;
}

export interface DrivingInput {
  /** Of one watch query, in any order, each once. */
  readonly mentions: readonly Mention[];
  readonly past: DrivingPast;
  readonly seenBefore: (author: string, channel: string) => boolean;
  /** The query's own words, folded (`wordsAskedFor`): that people say them is no news. */
  readonly ownWords: readonly string[];
}

/** Sums up the mentions of the time before, for `drivingOf`. */
export function drivingPast(before: readonly Mention[]): DrivingPast {
  return { terms: countTerms(before), negativeShare: negativeShareOf(before) };
}

/** Pure; the same mentions give the same answer in the same order, whatever order they come in. */
export function drivingOf({ mentions, past, seenBefore, ownWords }: DrivingInput): Driving {
  const read = mentions.map((mention) => ({ mention, words: wordsSaid(mention.text) }));
  const wordsByMention = new Map(read.map(({ mention, words }) => [mention, words]));
  const wordsOf = (mention: Mention) => wordsByMention.get(mention) ?? [];
  const ignored = new Set(ownWords);
  const told = mentionsByStory(mentions, wordsOf);
  return {
    mentions: mentions.length,
    authors: authorsOf(mentions),
    repostShare: mentions.length === 0 ? null : repeatsAmong(told) / mentions.length,
    negativeShare: negativeShareOf(mentions),
    negativeShareBefore: past.negativeShare,
    reach: reachOf(mentions),
    stories: topStories(storiesOf(told)),
    accounts: topAccounts(mentions, seenBefore),
    questions: questionsOf(read, ignored).slice(0, MOST_LISTED),
    terms: newTerms(read, past.terms, { ignored, most: MOST_TERMS }),
    copies: copiesOf(told),
  };
}

/** The share of negative ones among those whose sentiment is known; null when none is. */
function negativeShareOf(mentions: readonly Mention[]): number | null {
  let known = 0;
  let negative = 0;
  for (const mention of mentions) {
    if (mention.sentiment === null) continue;
    known += 1;
    if (isNegative(mention)) negative += 1;
  }
  return known === 0 ? null : negative / known;
}

/** Followers of the different accounts, capped for each; a mention without an author is its own account. */
export function reachOf(mentions: readonly Mention[]): number | null {
  const reachByAccount = new Map<string, number>();
  for (const mention of mentions) {
    if (mention.reach === null) continue;
    const account = accountOf(mention) ?? `\n${mention.id}`;
    reachByAccount.set(account, Math.max(reachByAccount.get(account) ?? 0, Math.min(mention.reach, REACH_CAP)));
  }
  if (reachByAccount.size === 0) return null;
  let sum = 0;
  for (const reach of reachByAccount.values()) sum += reach;
  return sum;
}

function repeatsAmong(told: ReadonlyMap<string, readonly Mention[]>): number {
  let repeats = 0;
  for (const [first, ...rest] of told.values()) {
    // The original of a repost may lie before the span: it repeats all the same.
    repeats += rest.length + (first !== undefined && (first.repostOf !== null || /^RT\s*@/.test(first.text)) ? 1 : 0);
  }
  return repeats;
}

/** A story told by many, and one that many engaged with, both drive; neither number says it alone. */
function topStories(stories: readonly Story[]): readonly Story[] {
  return heaviest(
    stories,
    storyWeight,
    (a, b) => a.mention.observedAt - b.mention.observedAt || compare(a.mention.id, b.mention.id),
  );
}

/** Each is weighed once: among thousands a sort compares each a dozen times. */
function heaviest<Item>(
  items: readonly Item[],
  weigh: (item: Item) => number,
  byOther: (a: Item, b: Item) => number,
): readonly Item[] {
  return items
    .map((item) => ({ item, weight: weigh(item) }))
    .sort((a, b) => b.weight - a.weight || byOther(a.item, b.item))
    .slice(0, MOST_LISTED)
    .map(({ item }) => item);
}

function storyWeight({ authors, engagement }: Story): number {
  return 2 * Math.log2(1 + authors) + Math.log2(1 + (engagement ?? 0));
}

function topAccounts(mentions: readonly Mention[], seenBefore: DrivingInput['seenBefore']): readonly DrivingAccount[] {
  const byAccount = Map.groupBy(
    mentions.filter(({ author }) => author !== null),
    (mention) => accountOf(mention) ?? '',
  );
  const accounts = Array.from(byAccount.values(), (own) => {
    const [{ author, channel, observedAt } = { author: null, channel: '', observedAt: 0 as Instant }] = own;
    let since = observedAt;
    for (const mention of own) if (mention.observedAt < since) since = mention.observedAt;
    return {
      author: author ?? '',
      channel,
      mentions: own.length,
      reach: highest(own.map(({ reach }) => reach)),
      engagement: highest(own.map(({ engagement }) => engagement)),
      since,
    };
  });
  const byName = (a: Named, b: Named) => compare(a.author, b.author) || compare(a.channel, b.channel);
  return heaviest(accounts, accountWeight, byName).map((account) => {
    const isNew = !seenBefore(account.author, account.channel);
    return { ...account, isNew, isInfluencer: isNew && (account.reach ?? 0) >= INFLUENCER_REACH };
  });
}

type Named = Pick<DrivingAccount, 'author' | 'channel'>;

/** How many hear it, how many answered it, how often it spoke: in doublings, so that none drowns the others. */
function accountWeight(account: Pick<DrivingAccount, 'reach' | 'engagement' | 'mentions'>): number {
  return Math.log2(1 + (account.reach ?? 0)) + Math.log2(1 + (account.engagement ?? 0)) + Math.log2(account.mentions);
}
