const LONGEST_TEXT = 20_000;

/** What a store takes: no longer than a post may be, no NUL, no half of a character. */
export function plainText(text: string): string {
  return text.slice(0, LONGEST_TEXT).replaceAll('\0', '').toWellFormed();
}
