import { fold, foldedWords, isUnspaced } from './fold.ts';

/** Enough of an article to tell what it is about. */
const CHARACTERS_READ = 600;

// `RT @name:` and `via @name` say who, not what. The look-behind keeps e-mail addresses whole.
const NOT_SAID = /https?:\/\/\S*|www\.\S+|(?:\b(?:rt|via)\s+)?(?<![\p{L}\p{N}_])@[\p{L}\p{N}_][\p{L}\p{N}_.:@-]*/giu;
const ASCII_WORD = /[a-z0-9_]+/g;
// eslint-disable-next-line no-control-regex -- the whole of ASCII, its control characters too
const ASCII = /^[\x00-\x7f]*$/;

/**
 * What a text says, as words: folded, at most 600 characters of it, without addresses and account names; a hashtag is
 * the word it is made of. Scripts without spaces give one word a character.
 */
export function wordsSaid(text: string): readonly string[] {
  let said = text.length > CHARACTERS_READ ? text.slice(0, CHARACTERS_READ) : text;
  if (said.includes('@') || said.includes('://') || said.includes('www.')) said = said.replaceAll(NOT_SAID, ' ');
  said = withoutCutWord(said);
  if (said.includes("'")) said = said.replaceAll("'", '');
  if (said.includes('’')) said = said.replaceAll('’', '');
  const folded = fold(said);
  if (ASCII.test(folded)) return folded.match(ASCII_WORD) ?? [];
  const words = foldedWords(folded);
  return isUnspaced(folded) ? words.flatMap((word) => (isUnspaced(word) ? Array.from(word) : word)) : words;
}

/** Clients that cut a copy short leave the beginning of a word or an address, and dots. */
function withoutCutWord(text: string): string {
  const said = text.trimEnd();
  if (!said.endsWith('…') && !said.endsWith('...')) return text;
  return said.slice(0, said.lastIndexOf(' ') + 1);
}
