import type { Mention } from './mention.ts';
import { wordsSaid } from './words.ts';

/** Words in a row that are compared; three tell stories apart that share their names only. */
const SHINGLE = 3;
/** Of a long text the first ones count: what one mention costs has a bound. */
const SHINGLES_KEPT = 40;
/** Two people who both write "disgusting" repeat nobody. */
const WORDS_TO_MATCH = 4;
/** The share of the shorter text that the other must hold too. */
const CONTAINED = 0.6;
/** With less in common than this the longer text must be the same one too: a headline's five words are in many texts. */
const ENOUGH_IN_COMMON = 5;
/** Stories that share a row of words with many others are told apart by their other rows. */
const STORIES_PER_SHINGLE = 4;

/** Tells which mentions tell the same story, one after the other as they come. */
export interface StoryGrouper {
  /**
   * The key of the story that a mention belongs to: the id of the first mention that told it. Reposts go with their
   * original even where a client rewrote the text; near-copies with whoever wrote it first, also when a comment stands
   * before or after, or the copy was cut short.
   */
  place(mention: Pick<Mention, 'id' | 'text' | 'repostOf'>, words?: readonly string[]): string;
}

interface Told {
  readonly key: string;
  readonly shingles: readonly number[];
  /** How many shingles it shares with the mention of that turn: a count of its own would cost more than the rest. */
  shared: number;
  turn: number;
}

/** What was remembered in one stretch of time. Forgetting it whole costs nothing; taking single ones out does. */
interface Memory {
  readonly storiesByShingle: Map<number, Told | Told[]>;
  readonly keyById: Map<string, string>;
}

/**
 * Compares the rows of three words of a text with those of the stories before it (shingles and containment: Broder
 * 1997, "On the resemblance and containment of documents"), always with a story's first text, so that no chain of small
 * changes joins two stories. Constant time a mention. What nobody told again for the last `remembered` mentions is
 * forgotten before twice as many have come.
 */
export function createStoryGrouper(remembered = 20_000): StoryGrouper {
  let recent = emptyMemory();
  let older = emptyMemory();
  let turn = 0;

  function place(
    mention: Pick<Mention, 'id' | 'text' | 'repostOf'>,
    words: readonly string[] = wordsSaid(mention.text),
  ): string {
    if (recent.keyById.size >= remembered) {
      older = recent;
      recent = emptyMemory();
    }
    const key = keyOf(mention, words);
    recent.keyById.set(mention.id, key);
    return key;
  }

  function keyOf({ id, repostOf }: Pick<Mention, 'id' | 'repostOf'>, words: readonly string[]): string {
    const original = repostOf === null ? undefined : (recent.keyById.get(repostOf) ?? older.keyById.get(repostOf));
    if (original !== undefined) return original;
    const shingles = shinglesOf(words);
    const told = mostShared(recent, shingles) ?? mostShared(older, shingles);
    // A repost whose original never came stands for it, for the reposts that follow.
    const key = told?.key ?? repostOf ?? id;
    if (repostOf !== null) recent.keyById.set(repostOf, key);
    if (told === null) remember({ key, shingles, shared: 0, turn: 0 });
    return key;
  }

  /** A story that is told again is remembered again, by its first text still. */
  function mostShared(memory: Memory, shingles: readonly number[]): Told | null {
    turn += 1;
    let best: Told | null = null;
    const ask = (story: Told) => {
      if (story.turn !== turn) {
        story.turn = turn;
        story.shared = 0;
      }
      story.shared += 1;
      if (story.shared > (best?.shared ?? 0) && isCopy(story.shared, shingles.length, story.shingles.length)) {
        best = story;
      }
    };
    for (const shingle of shingles) {
      const sharing = memory.storiesByShingle.get(shingle);
      if (sharing === undefined) continue;
      if (Array.isArray(sharing)) for (const story of sharing) ask(story);
      else ask(sharing);
    }
    if (best !== null && memory === older) remember(best);
    return best;
  }

  function remember(story: Told): void {
    for (const shingle of story.shingles) {
      const sharing = recent.storiesByShingle.get(shingle);
      if (sharing === undefined) recent.storiesByShingle.set(shingle, story);
      else if (!Array.isArray(sharing)) recent.storiesByShingle.set(shingle, [sharing, story]);
      else if (sharing.length < STORIES_PER_SHINGLE) sharing.push(story);
    }
  }

  return { place };
}

function emptyMemory(): Memory {
  return { storiesByShingle: new Map(), keyById: new Map() };
}

function isCopy(shared: number, one: number, other: number): boolean {
  if (shared / Math.min(one, other) < CONTAINED) return false;
  return shared >= ENOUGH_IN_COMMON || shared / Math.max(one, other) >= CONTAINED;
}

/** The rows of words, as numbers; none when the text is too short to call another one its copy. */
function shinglesOf(words: readonly string[]): readonly number[] {
  if (words.length < WORDS_TO_MATCH) return [];
  const shingles: number[] = [];
  let [first, second] = [hashOf(words[0] ?? ''), hashOf(words[1] ?? '')];
  for (let at = SHINGLE - 1; at < words.length && shingles.length < SHINGLES_KEPT; at += 1) {
    const third = hashOf(words[at] ?? '');
    const shingle = mix(mix(mix(0, first), second), third);
    if (!shingles.includes(shingle)) shingles.push(shingle);
    first = second;
    second = third;
  }
  return shingles;
}

function mix(sum: number, hash: number): number {
  const mixed = Math.imul(sum ^ hash, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/** FNV-1a over UTF-16 units. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return hash;
}
