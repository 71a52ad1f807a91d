import { CONVERSATIONAL } from './question-words.ts';

/** Nobody asks in the middle of an article. */
const CHARACTERS_READ = 1000;
/** "Really?" and "WTF?!" are cries; a question says what it is about. */
const WORDS_NEEDED = 2;
/** What two words are where words are not told apart by spaces. */
const CHARACTERS_NEEDED = 4;

const ADDRESS = /https?:\/\/\S*|www\.\S+/giu;
const ADDRESSED = /^(?:[.\s]*@[\p{L}\p{N}_][\p{L}\p{N}_.:@-]*)+/u;
const ACCOUNT = /(?<![\p{L}\p{N}_])@[\p{L}\p{N}_][\p{L}\p{N}_.:@-]*/gu;
/** What stands before it is the reposter's own; the rest was asked by somebody else. */
const REPOST = /(?:^|[\s"“(])(?:RT|MT)\s*:?\s*["“]?@|["“]@/u;
const MARKS = '?？؟՞⁇⁈';
const HAS_MARK = /[?？؟՞⁇⁈]/u;
const SENTENCE_END = /[.!。！…\n]/u;
const SPACELESS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/**
 * Whether a text asks something: a question mark that ends at least two words (one inside an address does not), an
 * inverted one, or, where people leave the mark out, a beginning that only questions have, in a dozen languages. What a
 * repost quotes was asked by somebody else. Headlines that ask rhetorically count: nothing in their words tells.
 */
export function isQuestion(text: string): boolean {
  const said = ownWords(text);
  if (said.includes('¿') && /¿\s*[\p{L}\p{N}]/u.test(said)) return true;
  if (HAS_MARK.test(said) && someMarkEndsWords(said.replaceAll(ACCOUNT, ' '))) return true;
  return CONVERSATIONAL.test(said.replaceAll(ACCOUNT, 'they'));
}

function ownWords(text: string): string {
  let said = text.slice(0, CHARACTERS_READ);
  if (said.includes('@')) {
    const repost = REPOST.exec(said);
    if (repost !== null) said = said.slice(0, repost.index);
  }
  if (said.includes('://') || said.includes('www.')) said = said.replaceAll(ADDRESS, ' ');
  return said.replace(ADDRESSED, '').trim();
}

function someMarkEndsWords(said: string): boolean {
  for (let at = 0; at < said.length; at += 1) {
    // `?tb` is left of a broken address.
    if (!MARKS.includes(said.charAt(at)) || /[\p{L}\p{N}=]/u.test(said.charAt(at + 1))) continue;
    let from = at;
    while (from > 0 && !MARKS.includes(said.charAt(from - 1)) && !SENTENCE_END.test(said.charAt(from - 1))) from -= 1;
    const sentence = said.slice(from, at);
    const words = sentence.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu) ?? [];
    if (words.length >= WORDS_NEEDED) return true;
    if (SPACELESS.test(sentence) && sentence.trim().length >= CHARACTERS_NEEDED) return true;
  }
  return false;
}
