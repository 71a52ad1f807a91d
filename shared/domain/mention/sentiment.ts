import { intensityByWord, negations, strengthBySign, strengthByWord } from './sentiment-words.ts';

/** How much evidence makes half of certainty; the form sum / sqrt(sum² + a) is that of Hutto & Gilbert (2014). */
const SATURATION = 9;
/** A negated praise is milder than its opposite: "not great" is not "awful". */
const NEGATED = -0.6;
const REACH_OF_NEGATION = 3;

/**
 * An estimate, and to be labelled as one wherever it is shown: -1 (negative) to 1 (positive) from the English words
 * and signs of judgement in the text, with negation, intensity and emphasis. It knows no irony and no other
 * language. Null when the text holds no such word: no evidence is not "neutral".
 */
export function estimateSentiment(text: string): number | null {
  const signs = MAYBE_SIGN.test(text) ? sumOfSigns(text) : NO_SIGNS;
  const written = wordsOf(text);
  const words = written.map(plainWord);
  const lastBut = words.lastIndexOf('but');
  let sum = signs.sum;
  let found = signs.found;
  for (const [at, word] of words.entries()) {
    const strength = strengthByWord.get(word);
    if (strength === undefined || isIntensifier(words, at)) continue;
    found += 1;
    // What follows "but" is what the author means.
    const emphasis = (isShouted(written[at] ?? '') ? 1.25 : 1) * (at < lastBut ? 0.5 : 1);
    sum += strength * emphasis * scaleBefore(words, at);
  }
  if (found === 0) return null;
  const exclaimed = sum * (1 + Math.min(3, (text.match(/!/g) ?? []).length) * 0.1);
  const score = exclaimed / Math.sqrt(exclaimed * exclaimed + SATURATION);
  return Math.round(score * 1000) / 1000 + 0;
}

function wordsOf(text: string): readonly string[] {
  let bare = text.slice(0, 20_000);
  // Looking is much cheaper than replacing, and most texts have neither.
  if (bare.includes('http') || bare.includes('@')) bare = bare.replaceAll(/https?:\/\/\S+|@\w+/g, ' ');
  if (bare.includes("'") || bare.includes('’')) bare = bare.replaceAll(/[’']/g, '');
  return bare.match(/\p{L}+/gu) ?? [];
}

function plainWord(word: string): string {
  const lower = word.toLowerCase();
  return maybeStretched(lower) && STRETCHED.test(lower) ? unstretched(lower) : lower;
}

function isShouted(word: string): boolean {
  return word.length > 2 && word === word.toUpperCase() && word !== word.toLowerCase();
}

const STRETCHED = /(.)\1\1/u;

/** A glance, for every word there is: some unit is the same as the second one after it. */
function maybeStretched(word: string): boolean {
  for (let at = 2; at < word.length; at += 1) if (word.charCodeAt(at) === word.charCodeAt(at - 2)) return true;
  return false;
}

/** "soooo goooood": three or more of a letter are one or two. */
function unstretched(word: string): string {
  if (strengthByWord.has(word)) return word;
  const doubled = word.replaceAll(/(.)\1{2,}/gu, '$1$1');
  return strengthByWord.has(doubled) ? doubled : word.replaceAll(/(.)\1{2,}/gu, '$1');
}

/** Most texts have no sign at all, and one look tells. */
const MAYBE_SIGN = /[:;=]['-]?[()D/]|\^_\^|<3|D:|[\u2600-\u{10ffff}]/u;
const NO_SIGNS = { sum: 0, found: 0 };

function sumOfSigns(text: string): { readonly sum: number; readonly found: number } {
  let sum = 0;
  let found = 0;
  const bare = text.slice(0, 20_000).replaceAll(/https?:\/\/\S+/g, ' ');
  for (const [sign, strength] of strengthBySign) {
    const times = Math.min(3, bare.match(sign)?.length ?? 0);
    sum += strength * times;
    found += times;
  }
  return { sum, found };
}

/** "pretty bad": here "pretty" scales and does not praise. */
function isIntensifier(words: readonly string[], at: number): boolean {
  const word = words[at];
  const next = words[at + 1];
  return word !== undefined && next !== undefined && intensityByWord.has(word) && strengthByWord.has(next);
}

function scaleBefore(words: readonly string[], at: number): number {
  let scale = 1;
  for (let back = 1; back <= REACH_OF_NEGATION; back += 1) {
    const word = words[at - back];
    if (word === undefined) break;
    if (back <= 2) scale *= intensityByWord.get(word) ?? 1;
    if (negations.has(word)) return scale * NEGATED;
  }
  return scale;
}
