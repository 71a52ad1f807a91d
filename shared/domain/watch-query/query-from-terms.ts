import { parseWatchQuery } from './parse-watch-query.ts';

/**
 * The query that asks for any of a plain list of terms (`Acme, Acme Corp (UK)`), as watch queries were kept before they
 * had a language: each term is found as it is written. Empty when the list names nothing.
 */
export function queryFromTerms(terms: string): string {
  return terms
    .split(/[,;\n\r]/)
    .map((term) =>
      term
        .replaceAll(/["“”„«»＂]/g, ' ')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .filter((term) => parseWatchQuery(`"${term}"`).ok)
    .map((term) => (isOneWord(term) ? term : `"${term}"`))
    .join(', ');
}

/** A single word, hashtag or account, which means itself without quotes. */
function isOneWord(term: string): boolean {
  return /^[#@]?[\p{L}\p{N}\p{M}_]+$/u.test(term) && !['AND', 'OR', 'NOT'].includes(term);
}
