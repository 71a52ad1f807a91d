import type { WatchQueryId } from '../../base/ids.ts';
import { matchesExpression } from './match-expression.ts';
import { parseWatchQuery } from './parse-watch-query.ts';
import type { QueryExpression } from './query-expression.ts';
import { type MatchedPost, type ReadPost, readPost } from './read-post.ts';

/** Asks all watch queries about a post at once. Holds no state beside the queries; make a new one when they change. */
export interface Matcher {
  /** The queries that ask for it, in the order they were given. */
  match(post: MatchedPost): readonly WatchQueryId[];
}

export interface NamedQuery {
  readonly watchQueryId: WatchQueryId;
  readonly query: string;
}

interface Entry {
  readonly watchQueryId: WatchQueryId;
  readonly expression: QueryExpression;
}

/**
 * A query that is empty or cannot be read matches nothing.
 *
 * Words first: a post is taken apart once, and only queries one of whose words it has are asked in full. Of an AND, the
 * part with the fewest such words speaks for the whole (a query of one rare word and ten common ones is asked rarely).
 */
export function createMatcher(queries: readonly NamedQuery[]): Matcher {
  const entries: Entry[] = [];
  const byWord = new Map<string, number[]>();
  const always: number[] = [];
  for (const { watchQueryId, query } of queries) {
    const expression = parseWatchQuery(query);
    if (!expression.ok) continue;
    const index = entries.push({ watchQueryId, expression: expression.value }) - 1;
    const words = wordsOfWhichOneIsNeeded(expression.value);
    if (words === null) always.push(index);
    else for (const word of new Set(words)) byWord.set(word, [...(byWord.get(word) ?? []), index]);
  }

  function match(post: MatchedPost): readonly WatchQueryId[] {
    if (entries.length === 0) return [];
    const read = readPost(post);
    const matched: number[] = [];
    for (const index of candidates(read)) {
      const entry = entries[index];
      if (entry !== undefined && matchesExpression(entry.expression, read)) matched.push(index);
    }
    return matched.sort((a, b) => a - b).flatMap((index) => entries[index]?.watchQueryId ?? []);
  }

  function candidates(read: ReadPost): Iterable<number> {
    let found: Set<number> | null = null;
    for (const word of read.wordSet) {
      const asking = byWord.get(word);
      if (asking === undefined) continue;
      found ??= new Set(always);
      for (const index of asking) found.add(index);
    }
    return found ?? always;
  }

  return { match };
}

/** Words of which a post must have at least one to match; null when it may match without any. */
function wordsOfWhichOneIsNeeded(expression: QueryExpression): readonly string[] | null {
  switch (expression.type) {
    case 'words': {
      // The longest of a phrase is the rarest, as a rule; a beginning is no word that a post has.
      const whole = expression.prefix ? expression.words.slice(0, -1) : expression.words;
      const [longest] = whole.toSorted((a, b) => b.length - a.length);
      return longest === undefined ? null : [longest];
    }
    case 'hashtag':
      return expression.prefix ? null : [expression.tag];
    case 'and': {
      const [fewest] = expression.all
        .map(wordsOfWhichOneIsNeeded)
        .filter((words) => words !== null)
        .sort((a, b) => a.length - b.length);
      return fewest ?? null;
    }
    case 'or': {
      const each = expression.any.map(wordsOfWhichOneIsNeeded);
      return each.every((words) => words !== null) ? each.flat() : null;
    }
    default:
      return null;
  }
}
