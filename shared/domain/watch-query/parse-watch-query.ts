import { err, ok, type Result } from '../../base/result.ts';
import type { QueryExpression, QueryMistake } from './query-expression.ts';
import { type QuerySymbol, querySymbols } from './query-symbols.ts';

/** Brackets and NOTs within each other; nobody reads more. */
const DEEPEST = 24;

/**
 * Reads a watch query. Refuses with the first mistake; never throws.
 *
 * ```
 * query        = alternatives
 * alternatives = together { ( "OR" | "," | newline ) together }
 * together     = single { [ "AND" ] single }
 * single       = ( "NOT" | "-" ) single | "(" alternatives ")" | term
 * term         = word | word"*" | "a phrase" | #hashtag | @account | lang:de | channel:bluesky | url:example.org
 * ```
 */
export function parseWatchQuery(text: string): Result<QueryExpression, QueryMistake> {
  const symbols = querySymbols(text);
  if (!symbols.ok) return symbols;
  const reader = createReader(symbols.value, text.length);
  const expression = reader.alternatives(0);
  if (!expression.ok) return expression;
  const rest = reader.peek();
  if (rest !== undefined) return mistake(rest.at, 'This ) closes nothing: take it away, or write a ( before it.');
  if (holdsForNothing(expression.value)) {
    return mistake(
      symbols.value.find(({ kind }) => kind === 'not')?.at ?? 0,
      'This asks for everything but that: write beside it what to look for, for example acme -jobs.',
    );
  }
  return expression;
}

function createReader(symbols: readonly QuerySymbol[], end: number) {
  let next = 0;

  function alternatives(depth: number): Result<QueryExpression, QueryMistake> {
    const any: QueryExpression[] = [];
    skipCommas();
    do {
      const one = together(depth);
      if (!one.ok) return one;
      any.push(one.value);
    } while (takeAlternative());
    const [only] = any;
    return ok(only !== undefined && any.length === 1 ? only : { type: 'or', any });
  }

  /** True when another alternative must follow. */
  function takeAlternative(): boolean {
    const commas = skipCommas();
    if (peek()?.kind === 'or') {
      next += 1;
      skipCommas();
      return true;
    }
    const following = peek();
    return commas && following !== undefined && following.kind !== 'close';
  }

  function together(depth: number): Result<QueryExpression, QueryMistake> {
    const all: QueryExpression[] = [];
    for (;;) {
      const one = single(depth);
      if (!one.ok) return one;
      all.push(one.value);
      const following = peek();
      if (following?.kind === 'and') next += 1;
      else if (following === undefined || !['term', 'open', 'not'].includes(following.kind)) break;
    }
    const [only] = all;
    return ok(only !== undefined && all.length === 1 ? only : { type: 'and', all });
  }

  function single(depth: number): Result<QueryExpression, QueryMistake> {
    const symbol = symbols[next];
    if (symbol?.kind === 'term') {
      next += 1;
      return ok(symbol.term);
    }
    if (symbol === undefined || (symbol.kind !== 'not' && symbol.kind !== 'open')) return err(missing());
    if (depth >= DEEPEST) {
      return mistake(symbol.at, 'Too many brackets within brackets: write it in fewer, or as two watch queries.');
    }
    next += 1;
    if (symbol.kind === 'not') {
      const negated = single(depth + 1);
      return negated.ok ? ok({ type: 'not', not: negated.value }) : negated;
    }
    const inside = alternatives(depth + 1);
    if (!inside.ok) return inside;
    if (peek()?.kind !== 'close') return mistake(symbol.at, 'This bracket is never closed: write a ) where it ends.');
    next += 1;
    return inside;
  }

  /** Why nothing can begin at the symbol that is next. */
  function missing(): QueryMistake {
    const before = symbols[next - 1];
    const here = symbols[next];
    const joins = (symbol: QuerySymbol | undefined) => symbol?.kind === 'and' || symbol?.kind === 'or';
    if (before !== undefined && before.kind !== 'term' && (joins(before) || before.kind === 'not')) {
      return { at: before.at, message: `Write after ${before.written} what it is about, or take it away.` };
    }
    if (here !== undefined && here.kind !== 'term' && joins(here)) {
      return { at: here.at, message: `${here.written} stands between two things: write the first one before it.` };
    }
    if (before?.kind === 'open') {
      return { at: before.at, message: 'There is nothing in this bracket: write what to look for, or take it away.' };
    }
    if (here?.kind === 'close') {
      return { at: here.at, message: 'This ) closes nothing: take it away, or write a ( before it.' };
    }
    return { at: here?.at ?? end, message: 'Write what to look for: a word, a "phrase", a #hashtag or an @account.' };
  }

  function skipCommas(): boolean {
    const from = next;
    while (symbols[next]?.kind === 'comma') next += 1;
    return next > from;
  }

  function peek(): QuerySymbol | undefined {
    return symbols[next];
  }

  return { alternatives, peek };
}

/** Whether a post that says none of it would match, and so nearly every post. */
function holdsForNothing(expression: QueryExpression): boolean {
  switch (expression.type) {
    case 'and':
      return expression.all.every(holdsForNothing);
    case 'or':
      return expression.any.some(holdsForNothing);
    case 'not':
      return !holdsForNothing(expression.not);
    default:
      return false;
  }
}

function mistake(at: number, message: string): Result<never, QueryMistake> {
  return err({ at, message });
}
