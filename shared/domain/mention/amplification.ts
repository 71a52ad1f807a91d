import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Mention } from './mention.ts';

/** Enough words to tell two stories apart, few enough that a copy cut short by its client still matches. */
const WORDS_COMPARED = 12;
/** Two people who both write "disgusting" repeat nobody. */
const WORDS_TO_MATCH = 4;

/** A mention with all its reposts and near-copies: one story, however often it was repeated. */
export interface Story {
  readonly key: string;
  /** The first of them as the source saw it. */
  readonly mention: Mention;
  /** How many mentions tell it, the first included. */
  readonly count: number;
  /** The highest engagement any of them had; null when no source says. */
  readonly engagement: number | null;
}

/**
 * The text as copies share it: without repost marks, addresses, names, case, punctuation and invisible characters,
 * cut to its first words. Null when too little is left to call another text its copy.
 */
export function storyText(text: string): string | null {
  const words = text
    .slice(0, 600)
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\p{Cf}\p{Mn}]/gu, '')
    .replaceAll(/https?:\/\/\S+|\brt\b|\bvia\b|@[\p{L}\p{N}_.]+/gu, ' ')
    .match(/[\p{L}\p{N}]+/gu);
  if (words === null || words.length < WORDS_TO_MATCH) return null;
  return words.slice(0, WORDS_COMPARED).join(' ');
}

/** Equal for near-copies; a text too short to compare has its mention's id. */
export function storyKey(mention: Pick<Mention, 'id' | 'text'>): string {
  const shared = storyText(mention.text);
  return shared === null ? `id:${mention.id}` : `text:${bytesToHex(sha256(utf8ToBytes(shared))).slice(0, 32)}`;
}

/** Reposts go with their original even where a client rewrote the text; copies go with whoever wrote it first. */
export function storiesOf(mentions: readonly Mention[]): readonly Story[] {
  const keyById = new Map(mentions.map((mention) => [mention.id, storyKey(mention)]));
  const storiesByKey = new Map<string, Story>();
  for (const mention of mentions) {
    const original = mention.repostOf === null ? undefined : keyById.get(mention.repostOf);
    const key = original ?? keyById.get(mention.id) ?? storyKey(mention);
    const story = storiesByKey.get(key);
    storiesByKey.set(key, story === undefined ? startStory(key, mention) : addToStory(story, mention));
  }
  return [...storiesByKey.values()];
}

/** The newest first; equal times by id, so that every window shows the same order. */
export function newestMentions(mentions: readonly Mention[], count: number): readonly Mention[] {
  return mentions.toSorted((a, b) => b.observedAt - a.observedAt || compare(a.id, b.id)).slice(0, count);
}

/** The most engaged stories first, each told once; stories of unknown engagement come last, by how often they are told. */
export function mostEngagedStories(mentions: readonly Mention[], count: number): readonly Story[] {
  return storiesOf(mentions)
    .toSorted(
      (a, b) => (b.engagement ?? -1) - (a.engagement ?? -1) || b.count - a.count || compare(a.mention.id, b.mention.id),
    )
    .slice(0, count);
}

function startStory(key: string, mention: Mention): Story {
  return { key, mention, count: 1, engagement: mention.engagement };
}

function addToStory(story: Story, mention: Mention): Story {
  const engagement =
    mention.engagement === null ? story.engagement : Math.max(story.engagement ?? 0, mention.engagement);
  const isEarlier = mention.observedAt < story.mention.observedAt;
  return { ...story, mention: isEarlier ? mention : story.mention, count: story.count + 1, engagement };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
