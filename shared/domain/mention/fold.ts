/** Letters that no decomposition takes apart, as people without that key write them. */
const plainByLetter: Readonly<Record<string, string>> = {
  ß: 'ss',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
};
const LETTERS = /[ßøłđðæœı]/g;

/** Accents and vowel points of the alphabets that are read without them, and characters that nobody sees. */
const UNREAD = /[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\p{Cf}\ufe00-\ufe0f]/gu;
// eslint-disable-next-line no-control-regex -- the whole of ASCII, its control characters too
const BEYOND_ASCII = /[^\x00-\x7f]/;

/**
 * A text as queries compare it: without case, width and accents (Unicode NFKC, then the marks of its decomposition
 * taken away). Equal for `Müller`, `MULLER` and full-width `ｍｕｌｌｅｒ`.
 */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  if (!BEYOND_ASCII.test(lower)) return lower;
  return lower
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(UNREAD, '')
    .normalize('NFC')
    .replaceAll(LETTERS, (letter) => plainByLetter[letter] ?? letter);
}

/** Scripts that put no spaces between words, and Hangul, which hangs its particles on them. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

export function isUnspaced(text: string): boolean {
  return UNSPACED.test(text);
}

const WORD = /[\p{L}\p{N}\p{M}_]+/gu;

/** The words of a folded text, in order: runs of letters, digits and marks. */
export function foldedWords(folded: string): readonly string[] {
  const words: string[] = [];
  for (const run of folded.match(WORD) ?? []) {
    const word = withoutUnderscores(run);
    if (word !== '') words.push(word);
  }
  return words;
}

/** `_acme_` is emphasis, `acme_help` is a name. */
export function withoutUnderscores(run: string): string {
  return run.startsWith('_') || run.endsWith('_') ? run.replaceAll(/^_+|_+$/g, '') : run;
}
