import type { Mention } from './mention.ts';
import { createStoryGrouper } from './near-copies.ts';
import { wordsSaid } from './words.ts';

/** A mention with all its reposts and near-copies: one story, however often it was repeated. */
export interface Story {
  /** As `StoryGrouper` gives it. */
  readonly key: string;
  /** The first of them as the source saw it. */
  readonly mention: Mention;
  /** How many mentions tell it, the first included. */
  readonly count: number;
  /** How many different accounts; a mention without an author is its own. */
  readonly authors: number;
  /** The highest engagement any of them had; null when no source says. */
  readonly engagement: number | null;
}

/** The words of a mention, when somebody has them already: reading a text costs more than all the rest. */
export type WordsOf = (mention: Mention) => readonly string[];

/** The stories that mentions were told apart into. */
export function storiesOf(told: ReadonlyMap<string, readonly Mention[]>): readonly Story[] {
  return Array.from(told, ([key, [first, ...rest]]) => (first === undefined ? [] : [storyOf(key, first, rest)])).flat();
}

/**
 * The mentions of each story, oldest first, by its key; the stories in the order in which they began. Reposts go with
 * their original even where a client rewrote the text; copies go with whoever wrote it first.
 */
export function mentionsByStory(
  mentions: readonly Mention[],
  wordsOf: WordsOf = (mention) => wordsSaid(mention.text),
): ReadonlyMap<string, readonly Mention[]> {
  const grouper = createStoryGrouper(mentions.length + 1);
  const told = new Map<string, Mention[]>();
  for (const mention of mentions.toSorted(oldestFirst)) {
    const key = grouper.place(mention, wordsOf(mention));
    const story = told.get(key);
    if (story === undefined) told.set(key, [mention]);
    else story.push(mention);
  }
  return told;
}

/** How many mentions tell the same story, by the id of each. */
export function copiesById(mentions: readonly Mention[]): ReadonlyMap<string, number> {
  return copiesOf(mentionsByStory(mentions));
}

/** The same, for mentions that were told apart already. */
export function copiesOf(told: ReadonlyMap<string, readonly Mention[]>): ReadonlyMap<string, number> {
  const copies = new Map<string, number>();
  for (const story of told.values()) for (const { id } of story) copies.set(id, story.length);
  return copies;
}

/** Whose account it is, told apart by channel; null when nobody knows. */
export function accountOf({ channel, author }: Pick<Mention, 'channel' | 'author'>): string | null {
  return author === null ? null : `${channel}\n${author}`;
}

/** Different accounts; a mention without an author is its own. */
export function authorsOf(mentions: readonly Mention[]): number {
  const accounts = new Set<string>();
  let unknown = 0;
  for (const mention of mentions) {
    const account = accountOf(mention);
    if (account === null) unknown += 1;
    else accounts.add(account);
  }
  return accounts.size + unknown;
}

/** The largest of what is known; null when nothing is. */
export function highest(values: Iterable<number | null>): number | null {
  let most: number | null = null;
  for (const value of values) if (value !== null && value > (most ?? -Infinity)) most = value;
  return most;
}

function storyOf(key: string, first: Mention, rest: readonly Mention[]): Story {
  if (rest.length === 0) return { key, mention: first, count: 1, authors: 1, engagement: first.engagement };
  const all = [first, ...rest];
  return {
    key,
    mention: first,
    count: all.length,
    authors: authorsOf(all),
    engagement: highest(all.map(({ engagement }) => engagement)),
  };
}

export function oldestFirst(a: Mention, b: Mention): number {
  return a.observedAt - b.observedAt || compare(a.id, b.id);
}

/** By UTF-16 units: the same order on every machine, whatever its language is. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
