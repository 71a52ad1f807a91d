/** Letters, digits and private characters make words; FTS5's unicode61 drops everything else. */
const HAS_WORD = /[\p{L}\p{N}\p{Co}]/u;

/** More than anybody types on purpose; each one costs a walk along its own list. */
const MOST_PARTS = 16;

/**
 * What a person typed as an FTS5 expression: every word must be there, "what stands in quotes" as a phrase, and nothing
 * they type is ever an operator. Null when there is no word in it.
 */
export function searchExpression(text: string): string | null {
  const parts = [...text.matchAll(/"([^"]*)"?|[^\s"]+/gu)]
    .map(([whole, quoted]) => (quoted ?? whole).replaceAll('\u{0}', ' '))
    .filter((part) => HAS_WORD.test(part))
    .slice(0, MOST_PARTS);
  return parts.length === 0 ? null : parts.map((part) => `"${part.replaceAll('"', '""')}"`).join(' AND ');
}
