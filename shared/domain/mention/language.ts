import { eld } from 'eld/extrasmall';
import { isPlainEnglish } from './plain-english.ts';
import { languageOfScript } from './script-language.ts';

/** A language is told from its most frequent letters long before this; the rest of an article costs time only. */
const CHARACTERS_READ = 400;
/** "lol" and "Breaking" are written in every language that has these letters: eight are needed. */
const ENOUGH_LETTERS = /(?:\P{L}*\p{L}){8}/u;
/** How far the best guess must be from the second one, as scores of `eld` (0 to 1). */
const MARGIN = 0.02;

const MAY_BE_NOISE = /https?:|www\.|[@#＠＃]|\bRT\b/;
const NOISE = /https?:\/\/\S+|www\.\S+|[@#＠＃][\p{L}\p{N}\p{M}_.-]+|\bRT\b/gu;
const LATIN = /[a-z]/i;

/**
 * The language a text is written in, as a BCP 47 primary code (`en`, `de`, `ja`; Indonesian is told as Malay, `ms`, its
 * nearest kin in the model); null when it is too short or too mixed to tell. Addresses, names and hashtags do not count.
 * Plain English by its commonest words and scripts of one language by their letters, because n-grams, which the package
 * eld tells all others by, cost ten times as much.
 */
export function detectLanguage(text: string): string | null {
  const read = text.slice(0, CHARACTERS_READ);
  const bare = MAY_BE_NOISE.test(read) ? read.replaceAll(NOISE, ' ') : read;
  if (isPlainEnglish(bare)) return 'en';
  return languageOfScript(bare) ?? languageByNgrams(bare);
}

function languageByNgrams(bare: string): string | null {
  // Other scripts say much with few letters, and two letters of Hangul are Korean.
  if (LATIN.test(bare) && !ENOUGH_LETTERS.test(bare)) return null;
  const guess = eld.detect(bare);
  if (guess.language === '' || !guess.isReliable()) return null;
  const [best = 0, second = 0] = Object.values(guess.getScores());
  return best - second < MARGIN ? null : guess.language;
}
