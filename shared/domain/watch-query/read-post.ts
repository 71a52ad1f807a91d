import type { Post } from '../mention/mention.ts';
import { fold, isUnspaced, withoutUnderscores } from '../mention/fold.ts';

/** The parts of a post that a query can ask about. */
export type MatchedPost = Pick<Post, 'text' | 'author' | 'language' | 'channel' | 'url'>;

/** A post taken apart once, for all queries. */
export interface ReadPost {
  /** Folded, in order; hashtags and account names stand among them as one word each. Addresses do not. */
  readonly words: readonly string[];
  /** The same words, to ask for one. */
  readonly wordSet: ReadonlySet<string>;
  readonly hashtags: ReadonlySet<string>;
  /** The author, and who is named in the text: `acme`, `acme.bsky.social`, `acme@mastodon.social`. */
  readonly accounts: ReadonlySet<string>;
  /** The folded text, for scripts without spaces; empty when it has none of them. */
  readonly unspaced: string;
  /** Asked of the post only when a query asks: telling a language costs more than the rest of the reading. */
  readonly language: string | null;
  readonly channel: string;
  /** The addresses it links to; read only when a query asks. */
  links(): readonly { readonly host: string; readonly path: string }[];
}

// The look-behind makes the second part begin where a run begins, so that no text costs more than its length.
const ADDRESS = /https?:\/\/[^\s<>"]+|(?<![\p{L}\p{N}.@-])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z-]+(?:\/[^\s<>"]*)?/giu;
const TOKEN =
  /(?<![\p{L}\p{N}_])[@＠][\p{L}\p{N}_][\p{L}\p{N}\p{M}_.:-]*(?:@[\p{L}\p{N}.-]+)?|[#＃]?[\p{L}\p{N}_][\p{L}\p{N}\p{M}_]*/gu;

export function readPost(post: MatchedPost): ReadPost {
  const { text } = post;
  const folded = fold(withoutAddresses(text));
  const words: string[] = [];
  const hashtags = new Set<string>();
  const accounts = new Set<string>();
  if (post.author !== null) accounts.add(accountName(fold(post.author)));
  for (const token of folded.match(TOKEN) ?? []) {
    if (token.startsWith('@')) {
      const name = accountName(token);
      accounts.add(name);
      words.push(firstPart(name));
    } else if (token.startsWith('#')) {
      hashtags.add(token.slice(1));
      words.push(token.slice(1));
    } else {
      const word = withoutUnderscores(token);
      if (word !== '') words.push(word);
    }
  }
  return {
    words,
    wordSet: new Set(words),
    hashtags,
    accounts,
    unspaced: isUnspaced(folded) ? folded.replaceAll(/\s+/g, ' ') : '',
    get language() {
      return post.language;
    },
    channel: post.channel,
    links: () => linksOf(post),
  };
}

/** A word in an address is mostly a path or a tracker, and nobody's opinion: `url:` asks for addresses. */
function withoutAddresses(text: string): string {
  return text.includes('/') ? text.replaceAll(ADDRESS, (address) => (address.includes('/') ? ' ' : address)) : text;
}

function accountName(written: string): string {
  return written.replace(/^@/, '').replace(/[.:-]+$/, '');
}

function firstPart(name: string): string {
  const end = name.search(/[.@:-]/);
  return end === -1 ? name : name.slice(0, end);
}

function linksOf({ text, url }: MatchedPost): readonly { readonly host: string; readonly path: string }[] {
  const written = text.includes('.') ? (text.match(ADDRESS) ?? []) : [];
  return (url === null ? written : [url, ...written]).map((address) => {
    const [, host = '', path = ''] = /^(?:https?:\/\/)?(?:www\.)?([^/?#:]*)(?::\d+)?(\/[^?#]*)?/iu.exec(address) ?? [];
    return { host: host.toLowerCase(), path };
  });
}
