import { err, ok, type Result } from '../../base/result.ts';
import { Channel } from '../mention/mention.ts';
import { fold, foldedWords, isUnspaced } from '../mention/fold.ts';
import type { QueryMistake, QueryTerm } from './query-expression.ts';

/** The pieces a query is made of. `or` is the word and the comma alike; a comma needs nothing on its sides. */
export type QuerySymbol =
  | { readonly kind: 'open' | 'close' | 'and' | 'or' | 'comma' | 'not'; readonly at: number; readonly written: string }
  | { readonly kind: 'term'; readonly at: number; readonly term: QueryTerm };

const SPACE = /\s/;
const COMMAS = ',;\n\r，、；';
const OPENING = '(（';
const CLOSING = ')）';
const QUOTES = '"“”„«»＂';
/** What ends a word that nobody quoted. */
const ENDS_WORD = new Set(`${COMMAS}${OPENING}${CLOSING}${QUOTES}`);
const operators = new Map<string, 'and' | 'or' | 'not'>([
  ['AND', 'and'],
  ['OR', 'or'],
  ['NOT', 'not'],
]);
/** Two letters are the least that tell a beginning apart. */
const PREFIX_LETTERS = 2;

/** Takes a query apart; refuses with the first mistake. Linear in the length of the text. */
export function querySymbols(text: string): Result<readonly QuerySymbol[], QueryMistake> {
  const symbols: QuerySymbol[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (COMMAS.includes(character)) symbols.push({ kind: 'comma', at, written: character });
    else if (OPENING.includes(character)) symbols.push({ kind: 'open', at, written: character });
    else if (CLOSING.includes(character)) symbols.push({ kind: 'close', at, written: character });
    else if (QUOTES.includes(character)) {
      const end = closingQuote(text, at + 1);
      if (end === null) return mistake(at, 'This phrase has no end: close it with another ".');
      const term = plainTerm(text.slice(at + 1, end), false);
      if (term === null) return mistake(at, 'There is no word between these quotes: write one, or take them away.');
      symbols.push({ kind: 'term', at, term });
      at = end;
    } else if (character === '-' && beginsNegation(text, at)) symbols.push({ kind: 'not', at, written: '-' });
    else if (!SPACE.test(character)) {
      const written = text.slice(at, endOfWord(text, at));
      const operator = operators.get(written);
      if (operator !== undefined) symbols.push({ kind: operator, at, written });
      else {
        const term = wordTerm(written, at);
        if (!term.ok) return term;
        // A symbol by itself (& - +) says nothing to look for, and counts as a space.
        if (term.value !== null) symbols.push({ kind: 'term', at, term: term.value });
      }
      at += written.length - 1;
    }
    at += 1;
  }
  return ok(symbols);
}

function mistake(at: number, message: string): { readonly ok: false; readonly error: QueryMistake } {
  return err({ at, message });
}

function closingQuote(text: string, from: number): number | null {
  for (let at = from; at < text.length; at += 1) if (QUOTES.includes(text.charAt(at))) return at;
  return null;
}

/** `-jobs` excludes; `acme - jobs` has a dash, and so has `acme-jobs`. */
function beginsNegation(text: string, at: number): boolean {
  const before = text.charAt(at - 1);
  const after = text.charAt(at + 1);
  const stands = before === '' || SPACE.test(before) || before === '-' || ENDS_WORD.has(before);
  return (
    stands && after !== '' && after !== '-' && !SPACE.test(after) && !COMMAS.includes(after) && !CLOSING.includes(after)
  );
}

function endOfWord(text: string, from: number): number {
  let end = from;
  while (end < text.length && !SPACE.test(text.charAt(end)) && !ENDS_WORD.has(text.charAt(end))) end += 1;
  return end;
}

function wordTerm(written: string, at: number): Result<QueryTerm | null, QueryMistake> {
  const [mark = ''] = written;
  if ((mark === '#' || mark === '＃') && written.length > 1) return hashtagTerm(written, at);
  if ((mark === '@' || mark === '＠') && written.length > 1) return accountTerm(written, at);
  const field = /^(\p{L}+):(.+)$/su.exec(written);
  if (field !== null) return fieldTerm((field[1] ?? '').toLowerCase(), field[2] ?? '', written, at);
  const star = starOf(written, at);
  if (!star.ok) return star;
  const term = plainTerm(star.value.bare, star.value.prefix);
  if (term !== null && star.value.prefix && tooShort(star.value.bare)) return shortPrefix(written, at);
  return ok(term);
}

/** Null when there is no letter or digit in it. */
function plainTerm(written: string, prefix: boolean): QueryTerm | null {
  const folded = fold(written).trim();
  const words = foldedWords(folded);
  if (words.length === 0) return null;
  if (isUnspaced(folded)) return { type: 'part', part: folded.replaceAll(/\s+/g, ' '), written: written.trim() };
  return { type: 'words', words, prefix, written: written.trim() };
}

function hashtagTerm(written: string, at: number): Result<QueryTerm | null, QueryMistake> {
  const star = starOf(written, at);
  if (!star.ok) return star;
  const { bare, prefix } = star.value;
  const tag = fold(bare.slice(1));
  if (!/^[\p{L}\p{N}\p{M}_]+$/u.test(tag)) {
    return mistake(at, `“${written}” is no hashtag: after the # write letters and digits only, for example #acme.`);
  }
  if (prefix && tooShort(tag)) return shortPrefix(written, at);
  return ok({ type: 'hashtag', tag, prefix, written: bare.slice(1) });
}

function accountTerm(written: string, at: number): Result<QueryTerm | null, QueryMistake> {
  const star = starOf(written, at);
  if (!star.ok) return star;
  const { bare, prefix } = star.value;
  const name = fold(bare.slice(1));
  if (!/^[\p{L}\p{N}\p{M}_.:@-]+$/u.test(name) || !/[\p{L}\p{N}]/u.test(name)) {
    return mistake(at, `“${written}” is no account: after the @ write its name, for example @acme.`);
  }
  if (prefix && tooShort(name)) return shortPrefix(written, at);
  return ok({ type: 'account', name: name.replaceAll(/[.:-]+$/g, ''), prefix, written: bare.slice(1) });
}

function fieldTerm(name: string, value: string, written: string, at: number): Result<QueryTerm, QueryMistake> {
  const valueAt = at + written.length - value.length;
  switch (name) {
    case 'lang':
    case 'language': {
      const [primary = ''] = value.toLowerCase().split(/[-_]/);
      if (!/^[a-z]{2,3}$/.test(primary)) {
        return mistake(valueAt, `“${value}” is no language: write its code of two letters, for example lang:de.`);
      }
      return ok({ type: 'language', language: primary });
    }
    case 'channel': {
      const channel = Channel.safeParse(value.toLowerCase());
      if (channel.success) return ok({ type: 'channel', channel: channel.data });
      return mistake(valueAt, `“${value}” is no channel: write one name, for example channel:bluesky.`);
    }
    case 'url':
    case 'site': {
      const site = /^(?:https?:\/\/)?(?:www\.)?([^\s/?#:]+\.[^\s/?#:.]+)\.?(?::\d+)?(\/[^?#]*)?/iu.exec(value);
      if (site === null) {
        return mistake(valueAt, `“${value}” is no address: write the site's name, for example url:example.org.`);
      }
      return ok({ type: 'site', host: (site[1] ?? '').toLowerCase(), path: (site[2] ?? '').replace(/\/+$/, '') });
    }
    case 'http':
    case 'https':
      return mistake(at, 'To find links to a site, write url: before its name, for example url:example.org.');
    default:
      return mistake(
        at,
        `Nothing can be asked for with “${name}:”. There are lang:, channel: and url:; quotes make it plain words, "${written}".`,
      );
  }
}

interface Starred {
  readonly bare: string;
  readonly prefix: boolean;
}

function starOf(written: string, at: number): Result<Starred, QueryMistake> {
  const star = written.indexOf('*');
  if (star === -1 || !/[\p{L}\p{N}]/u.test(written)) return ok({ bare: written, prefix: false });
  if (star === written.length - 1) return ok({ bare: written.slice(0, -1), prefix: true });
  return mistake(at + star, 'A * stands for the rest of a word, so it comes last: write acme*.');
}

function tooShort(bare: string): boolean {
  return Array.from(bare.matchAll(/[\p{L}\p{N}]/gu)).length < PREFIX_LETTERS && !isUnspaced(bare);
}

function shortPrefix(written: string, at: number): { readonly ok: false; readonly error: QueryMistake } {
  return mistake(at, `“${written}” would find nearly everything: write at least two letters before the *.`);
}
