import { compare } from './amplification.ts';
import { fold, isUnspaced } from './fold.ts';
import type { Mention } from './mention.ts';
import { stopWordsOf } from './stop-words.ts';
import { wordsSaid } from './words.ts';

/** A term that a crowd uses: as many different mentions must have it. */
const LEAST_MENTIONS = 3;
/** The ratio beyond which chance does it less than once in a thousand (chi-squared, one degree of freedom). */
const SURPRISING = 10.83;
/** A phrase that has this share of a word's mentions says what the word says. */
const SPEAKS_FOR_WORD = 0.6;
/** How many words may say nothing inside a phrase: "santiago de compostela". */
const NOTHING_BETWEEN = 1;
/** Between the words of a phrase; no word has it. */
const JOIN = ' ';

/** In how many of how many mentions each word and each phrase of two words was. */
export interface TermCounts {
  readonly mentions: number;
  readonly times: ReadonlyMap<string, number>;
}

export interface NewTerm {
  /** As one of the mentions spells it, in lower case. */
  readonly term: string;
  readonly mentions: number;
  /** How many of these mentions would have it if people wrote as they did before; 0 when nothing is known of before. */
  readonly expected: number;
}

/** A mention with its words (`wordsSaid`). */
export interface ReadMention {
  readonly mention: Mention;
  readonly words: readonly string[];
}

/** What was said in the time before, to compare with; worth keeping, as it changes slowly. */
export function countTerms(mentions: readonly Mention[]): TermCounts {
  const read = mentions.map((mention) => ({ mention, words: wordsSaid(mention.text) }));
  return counted(read, new Set(), 1);
}

/**
 * The terms that are new: those whose share among the mentions grew beyond chance, the most surprising first, by the
 * log-likelihood ratio (Dunning 1993, "Accurate Methods for the Statistics of Surprise and Coincidence"). Phrases stand
 * for their words where they say the same. `ignored`: the query's own words, folded. Without a past the most frequent.
 */
export function newTerms(
  read: readonly ReadMention[],
  past: TermCounts,
  { ignored, most }: { readonly ignored: ReadonlySet<string>; readonly most: number },
): readonly NewTerm[] {
  const now = counted(read, ignored, LEAST_MENTIONS);
  const candidates: Candidate[] = [];
  for (const [key, times] of now.times) {
    const before = past.times.get(key) ?? 0;
    const surprise = past.mentions === 0 ? times : logLikelihoodRatio(times, now.mentions, before, past.mentions);
    if (past.mentions > 0 && surprise < SURPRISING) continue;
    const expected = past.mentions === 0 ? 0 : (before / past.mentions) * now.mentions;
    candidates.push({ key, words: key.split(JOIN), times, surprise, expected });
  }
  candidates.sort((a, b) => b.surprise - a.surprise || b.words.length - a.words.length || compare(a.key, b.key));
  return withoutRepetition(candidates, now.times, most).map(({ key, words, times, expected }) => ({
    term: spelled(key, words, read),
    mentions: times,
    expected,
  }));
}

interface Candidate {
  readonly key: string;
  readonly words: readonly string[];
  readonly times: number;
  readonly surprise: number;
  readonly expected: number;
}

/**
 * Each term once a mention; words that at least as many mentions have, phrases only of words that are frequent enough
 * themselves. Words are numbered, each is looked up once, and texts are made for what is left at the end: half a million
 * words are read for one answer.
 */
function counted(read: readonly ReadMention[], ignored: ReadonlySet<string>, leastMentions: number): TermCounts {
  const numbering = createNumbering(ignored);
  const said = new Int32Array(read.reduce((sum, { words }) => sum + words.length, 0));
  // There are no more words than were said, and an array of known length needs no care.
  const seenIn = new Int32Array(said.length).fill(NOTHING);
  const wordTimes = new Int32Array(said.length);
  let at = 0;
  for (const [index, { mention, words }] of read.entries()) {
    const numberOf = numbering.of(mention.language);
    for (const word of words) {
      const number = numberOf(word);
      said[at] = number;
      at += 1;
      if (number === NOTHING || seenIn[number] === index) continue;
      seenIn[number] = index;
      wordTimes[number] = (wordTimes[number] ?? 0) + 1;
    }
  }
  const times = new Map<string, number>();
  const frequent: number[] = [];
  for (const [number, word] of numbering.words.entries()) {
    const count = wordTimes[number] ?? 0;
    if (count >= LEAST_MENTIONS) frequent.push(number);
    if (count > 0 && count >= leastMentions && isTerm(word)) times.set(word, count);
  }
  for (const [phrase, count] of phraseTimes(read, said, frequent)) {
    if (count < LEAST_MENTIONS) continue;
    const wordAt = (rank: number) => numbering.words[frequent[rank] ?? 0] ?? '';
    times.set(wordAt(Math.floor(phrase / frequent.length)) + JOIN + wordAt(phrase % frequent.length), count);
  }
  return { mentions: read.length, times };
}

/** The number of a word that says nothing. */
const NOTHING = -1;

/** A word has one number in all languages, and in some of them it says nothing. */
function createNumbering(ignored: ReadonlySet<string>) {
  const words: string[] = [];
  const numberByWord = new Map<string, number>();
  const byLanguage = new Map<string | null, (word: string) => number>();

  function of(language: string | null): (word: string) => number {
    const known = byLanguage.get(language);
    if (known !== undefined) return known;
    const stops = stopWordsOf(language);
    /** By the word's number: whether it says something; not there when nobody asked. */
    const says: (boolean | undefined)[] = [];
    const numberOf = (word: string) => {
      let number = numberByWord.get(word);
      if (number === undefined) {
        number = words.push(word) - 1;
        numberByWord.set(word, number);
      }
      const saysSomething = (says[number] ??= !stops.has(word) && !ignored.has(word) && !isTooShort(word));
      return saysSomething ? number : NOTHING;
    };
    byLanguage.set(language, numberOf);
    return numberOf;
  }

  return { of, words };
}

/** A phrase is one number: the rank of its first word among the frequent ones, times how many they are, plus its second's. */
function phraseTimes(
  read: readonly ReadMention[],
  said: Int32Array,
  frequent: readonly number[],
): ReadonlyMap<number, number> {
  const rankByNumber = new Int32Array((frequent.at(-1) ?? 0) + 1).fill(NOTHING);
  for (const [rank, number] of frequent.entries()) rankByNumber[number] = rank;
  const times = new Map<number, number>();
  const own: number[] = [];
  let begin = 0;
  for (const { words } of read) {
    own.length = 0;
    let first = NOTHING;
    let firstAt = 0;
    for (let at = begin; at < begin + words.length; at += 1) {
      const number = said[at] ?? NOTHING;
      const rank = number === NOTHING ? NOTHING : (rankByNumber[number] ?? NOTHING);
      if (rank === NOTHING) continue;
      if (first !== NOTHING && first !== rank && at - firstAt <= NOTHING_BETWEEN + 1) {
        const phrase = first * frequent.length + rank;
        if (!own.includes(phrase)) own.push(phrase);
      }
      first = rank;
      firstAt = at;
    }
    for (const phrase of own) times.set(phrase, (times.get(phrase) ?? 0) + 1);
    begin += words.length;
  }
  return times;
}

/** A single character of Chinese or Japanese is a part of a word; and a number by itself is about nothing. */
function isTerm(word: string): boolean {
  return !/^(?:\p{N}+|.)$/u.test(word);
}

function isTooShort(word: string): boolean {
  return word.length === 1 && word <= '\u007f';
}

/** Dunning's G² of a two-by-two table; 0 when the term did not become more frequent. */
function logLikelihoodRatio(now: number, nowOf: number, before: number, beforeOf: number): number {
  if (now / nowOf <= before / beforeOf) return 0;
  const all = nowOf + beforeOf;
  const withTerm = now + before;
  const part = (observed: number, expected: number) => (observed === 0 ? 0 : observed * Math.log(observed / expected));
  return (
    2 *
    (part(now, (nowOf * withTerm) / all) +
      part(before, (beforeOf * withTerm) / all) +
      part(nowOf - now, (nowOf * (all - withTerm)) / all) +
      part(beforeOf - before, (beforeOf * (all - withTerm)) / all))
  );
}

/** A phrase takes the place of its words where it has most of their mentions; else the words stand and it adds nothing. */
function withoutRepetition(
  candidates: readonly Candidate[],
  times: ReadonlyMap<string, number>,
  most: number,
): readonly Candidate[] {
  const spokenFor = new Set<string>();
  for (const { words, times: together } of candidates) {
    if (words.length < 2) continue;
    for (const word of words) if (together >= SPEAKS_FOR_WORD * (times.get(word) ?? 0)) spokenFor.add(word);
  }
  const said = new Set<string>();
  const chosen: Candidate[] = [];
  for (const candidate of candidates) {
    if (chosen.length === most) break;
    const [only, second] = candidate.words;
    if (second === undefined ? spokenFor.has(only ?? '') : !candidate.words.some((word) => spokenFor.has(word)))
      continue;
    if (candidate.words.some((word) => said.has(word))) continue;
    for (const word of candidate.words) said.add(word);
    chosen.push(candidate);
  }
  return chosen;
}

/** Folding took its accents away: some mention has the term as people write it, with what stands between its words. */
function spelled(key: string, words: readonly string[], read: readonly ReadMention[]): string {
  const [first = '', last = first] = words;
  for (const { mention, words: said } of read) {
    if (!words.every((word) => said.includes(word))) continue;
    const runs = Array.from(mention.text.matchAll(RUN), ({ 0: run, index }) => ({
      folded: fold(run.replaceAll(/['’]/g, '')),
      from: index,
      to: index + run.length,
    }));
    const from = runs.findIndex((run, at) => run.folded === first && isNear(runs.slice(at), last));
    const to = runs.slice(from).find((run) => run.folded === last);
    const begins = runs[from];
    if (begins !== undefined && to !== undefined) {
      return mention.text.slice(begins.from, to.to).replaceAll('&amp;', '&').toLowerCase();
    }
  }
  return words.some(isUnspaced) ? words.join('') : key;
}

const RUN = /[\p{L}\p{N}\p{M}_'’]+/gu;

function isNear(runs: readonly { readonly folded: string }[], last: string): boolean {
  return runs.slice(0, NOTHING_BETWEEN + 2).some(({ folded }) => folded === last);
}
