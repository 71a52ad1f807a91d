/** What a watch query asks for, read. Words, tags and names are folded (see `fold`); `written` is as a person wrote it. */
export type QueryExpression =
  | QueryTerm
  | { readonly type: 'and'; readonly all: readonly QueryExpression[] }
  | { readonly type: 'or'; readonly any: readonly QueryExpression[] }
  | { readonly type: 'not'; readonly not: QueryExpression };

export type QueryTerm =
  /** One word, or several that must follow each other; with `prefix` the last one may go on. */
  | { readonly type: 'words'; readonly words: readonly string[]; readonly prefix: boolean; readonly written: string }
  /** Of a script that puts no spaces between words: anywhere in the text. */
  | { readonly type: 'part'; readonly part: string; readonly written: string }
  | { readonly type: 'hashtag'; readonly tag: string; readonly prefix: boolean; readonly written: string }
  | { readonly type: 'account'; readonly name: string; readonly prefix: boolean; readonly written: string }
  /** BCP 47 primary code. */
  | { readonly type: 'language'; readonly language: string }
  | { readonly type: 'channel'; readonly channel: string }
  /** `path` begins with a / or is empty. */
  | { readonly type: 'site'; readonly host: string; readonly path: string };

/** Why a query cannot be read: where, in UTF-16 units from 0, and a sentence that says what to do. */
export interface QueryMistake {
  readonly at: number;
  readonly message: string;
}

/** The words a query asks for and does not exclude, each once, folded. A prefix counts as the word that it is. */
export function wordsAskedFor(expression: QueryExpression): readonly string[] {
  return [...new Set(collect(expression))];
}

function collect(expression: QueryExpression): readonly string[] {
  switch (expression.type) {
    case 'words':
      return expression.words;
    case 'part':
      return [expression.part];
    case 'hashtag':
      return [expression.tag];
    case 'account':
      return [expression.name];
    case 'and':
      return expression.all.flatMap(collect);
    case 'or':
      return expression.any.flatMap(collect);
    default:
      return [];
  }
}
