import type { QueryExpression, QueryTerm } from './query-expression.ts';
import type { ReadPost } from './read-post.ts';

/** Codes that sources and our detection use for one and the same: Norwegian's two forms; Indonesian and Malay. */
const kinByLanguage: ReadonlyMap<string, readonly string[]> = new Map([
  ['no', ['no', 'nb', 'nn']],
  ['nb', ['nb', 'no']],
  ['id', ['id', 'ms', 'in']],
  ['ms', ['ms', 'id']],
  ['he', ['he', 'iw']],
  ['tl', ['tl', 'fil']],
]);

export function matchesExpression(expression: QueryExpression, post: ReadPost): boolean {
  switch (expression.type) {
    case 'and':
      for (const part of expression.all) if (!matchesExpression(part, post)) return false;
      return true;
    case 'or':
      for (const part of expression.any) if (matchesExpression(part, post)) return true;
      return false;
    case 'not':
      return !matchesExpression(expression.not, post);
    default:
      return matchesTerm(expression, post);
  }
}

function matchesTerm(term: QueryTerm, post: ReadPost): boolean {
  switch (term.type) {
    case 'words':
      return hasWords(post, term.words, term.prefix);
    case 'part':
      return post.unspaced.includes(term.part);
    case 'hashtag':
      return term.prefix ? someBegins(post.hashtags, term.tag) : post.hashtags.has(term.tag);
    case 'account':
      return hasAccount(post.accounts, term.name, term.prefix);
    case 'language':
      return isLanguage(post.language, term.language);
    case 'channel':
      return post.channel === term.channel;
    case 'site':
      return post.links().some((link) => isUnder(link.host, term.host) && link.path.startsWith(term.path));
  }
}

function hasWords(post: ReadPost, asked: readonly string[], prefix: boolean): boolean {
  const [first = ''] = asked;
  if (asked.length === 1) return prefix ? someBegins(post.wordSet, first) : post.wordSet.has(first);
  const last = asked.length - 1;
  if (!asked.every((word, index) => (prefix && index === last) || post.wordSet.has(word))) return false;
  const { words } = post;
  for (let at = words.indexOf(first); at !== -1 && at + last < words.length; at = words.indexOf(first, at + 1)) {
    const follows = asked.every((word, index) => {
      const there = words[at + index] ?? '';
      return prefix && index === last ? there.startsWith(word) : there === word;
    });
    if (follows) return true;
  }
  return false;
}

function someBegins(words: ReadonlySet<string>, beginning: string): boolean {
  for (const word of words) if (word.startsWith(beginning)) return true;
  return false;
}

/** `@acme` is acme on every server that calls its accounts `acme@server`, and on Bluesky's own. */
function hasAccount(accounts: ReadonlySet<string>, name: string, prefix: boolean): boolean {
  if (prefix) return someBegins(accounts, name);
  if (accounts.has(name) || accounts.has(`${name}.bsky.social`)) return true;
  return !name.includes('@') && someBegins(accounts, `${name}@`);
}

function isLanguage(spoken: string | null, asked: string): boolean {
  if (spoken === null) return false;
  const [primary = ''] = spoken.toLowerCase().split('-');
  return primary === asked || (kinByLanguage.get(asked)?.includes(primary) ?? false);
}

function isUnder(host: string, site: string): boolean {
  return host === site || host.endsWith(`.${site}`);
}
