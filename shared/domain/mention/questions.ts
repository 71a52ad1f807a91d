import { accountOf, compare, oldestFirst } from './amplification.ts';
import type { Mention } from './mention.ts';
import { isQuestion } from './question.ts';
import { stopWordsOf } from './stop-words.ts';
import type { ReadMention } from './terms.ts';

/** "recall", "recalled" and "recalling" ask the same: the beginning of a word is its stem, nearly always. */
const LETTERS_COMPARED = 5;
/** The share of the shorter question's words that the other must have too. */
const SHARED = 0.6;
/** One word in common is a topic; two are a question, unless it has but one. */
const WORDS_SHARED = 2;

export interface AskedQuestion {
  /** Who asked first, in these words. */
  readonly mention: Mention;
  /** Different accounts that ask nearly the same; a mention without an author is its own. */
  readonly askers: number;
}

interface Asked {
  readonly mention: Mention;
  readonly stems: ReadonlySet<string>;
  readonly accounts: Set<string>;
}

/**
 * What people ask, the most asked first. Questions are the same when they share most of the words that say something;
 * `ignored` are the query's own, which they all share. A repost asks nothing.
 */
export function questionsOf(read: readonly ReadMention[], ignored: ReadonlySet<string>): readonly AskedQuestion[] {
  const asked: Asked[] = [];
  const askedByStem = new Map<string, Asked[]>();
  const questions = read
    .filter(({ mention }) => mention.repostOf === null && isQuestion(mention.text))
    .sort((a, b) => oldestFirst(a.mention, b.mention));
  for (const { mention, words } of questions) {
    const stems = stemsOf(words, mention.language, ignored);
    const same = nearest(stems, askedByStem);
    const account = accountOf(mention) ?? `\n${mention.id}`;
    if (same !== null) {
      same.accounts.add(account);
      continue;
    }
    const question = { mention, stems, accounts: new Set([account]) };
    asked.push(question);
    for (const stem of stems) askedByStem.set(stem, [...(askedByStem.get(stem) ?? []), question]);
  }
  return asked
    .map(({ mention, accounts }) => ({ mention, askers: accounts.size }))
    .sort(
      (a, b) =>
        b.askers - a.askers ||
        (b.mention.engagement ?? -1) - (a.mention.engagement ?? -1) ||
        b.mention.observedAt - a.mention.observedAt ||
        compare(a.mention.id, b.mention.id),
    );
}

function stemsOf(words: readonly string[], language: string | null, ignored: ReadonlySet<string>): ReadonlySet<string> {
  const stops = stopWordsOf(language);
  const says = words.filter((word) => !stops.has(word) && !ignored.has(word));
  return new Set(says.map((word) => (word.length > 3 ? word.replace(/s$/, '') : word).slice(0, LETTERS_COMPARED)));
}

/** The question before it that shares the most of its words, if they are enough. */
function nearest(stems: ReadonlySet<string>, askedByStem: ReadonlyMap<string, readonly Asked[]>): Asked | null {
  const sharedBy = new Map<Asked, number>();
  for (const stem of stems) {
    for (const question of askedByStem.get(stem) ?? []) sharedBy.set(question, (sharedBy.get(question) ?? 0) + 1);
  }
  let best: Asked | null = null;
  let most = 0;
  for (const [question, shared] of sharedBy) {
    const shorter = Math.min(stems.size, question.stems.size);
    const longer = Math.max(stems.size, question.stems.size);
    const enough = shared >= WORDS_SHARED ? shared >= SHARED * shorter : longer === 1;
    if (enough && shared > most) {
      best = question;
      most = shared;
    }
  }
  return best;
}
