import {
  type AtomFeed,
  type JsonFeed,
  parseAtomFeed,
  type parseFeed,
  parseJsonFeed,
  parseRdfFeed,
  parseRssFeed,
  type RdfFeed,
  type RssFeed,
} from 'feedsmith';
import type { Instant } from '../../../shared/base/ids.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { htmlToText, tidied } from '../html-text.ts';
import { parseFeedDate } from './feed-date.ts';

type AnyFeed = ReturnType<typeof parseFeed<string>>;

/** More than this in one document is an archive, of which the beginning is the news. */
export const MOST_ITEMS = 1_000;
/** Who an article is about stands in its beginning; all of a long one would only make the store large. */
const LONGEST_TEXT = 4_000;

const LIMITS = { maxItems: MOST_ITEMS + 1 };
const DEEPEST_JSON = 100;
/** Comments and what some servers add may stand before and after the root element, but no more than this. */
const ROOT_WITHIN = 10_000;
const ROOT_BEGINS = /<(?:[\w.-]+:)?(rss|feed|rdf)[\s>]/i;
const ROOT_ENDS = /<\/(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>/i;

/** One article as its feed tells of it: plain texts. */
export interface FeedItem {
  /** What the feed says that tells it from every other; null when it says nothing. */
  readonly guid: string | null;
  readonly link: string | null;
  readonly author: string | null;
  readonly text: string;
  readonly language: string | null;
  readonly publishedAt: Instant | null;
}

export interface FeedDocument {
  readonly items: readonly FeedItem[];
  /** There were more items than `MOST_ITEMS`. */
  readonly isCut: boolean;
  /** Minutes that the feed asks to be left alone between two looks; null when it does not. */
  readonly ttlMinutes: number | null;
  /** Hours of the day in UTC, 0 to 23, in which the feed has nothing new. */
  readonly skipHours: readonly number[];
}

/**
 * Reads RSS 0.9 to 2.0, RDF, Atom or JSON Feed. Entities that a document defines for itself are left as they stand, so
 * none can unfold. A document that ends in the middle is refused whole: its other half would be thought to be read.
 */
export function readFeedDocument(text: string): Result<FeedDocument, string> {
  const start = text.slice(0, 1_000).trimStart();
  if (start === '') return err('The answer is empty.');
  const isXml = start.startsWith('<');
  if (!isXml && !start.startsWith('{')) return err('The answer is neither XML nor JSON.');
  if (isXml && !ROOT_ENDS.test(text.slice(-ROOT_WITHIN))) {
    const isPage = /<html[\s>]/i.test(text.slice(0, ROOT_WITHIN));
    return err(isPage ? 'The answer is a web page and no feed.' : 'The answer is no feed, or only a part of one.');
  }
  try {
    return ok(documentOf(isXml ? readXml(text) : readJson(text)));
  } catch {
    return err('The answer is no feed that can be read.');
  }
}

/** By its root, wherever an article that it quotes may be from. Throws what the parser throws. */
function readXml(text: string): AnyFeed {
  const root = ROOT_BEGINS.exec(text.slice(0, ROOT_WITHIN))?.[1]?.toLowerCase();
  if (root === 'rss') return { format: 'rss', feed: parseRssFeed(text, LIMITS) };
  if (root === 'feed') return { format: 'atom', feed: parseAtomFeed(text, LIMITS) };
  return { format: 'rdf', feed: parseRdfFeed(text, LIMITS) };
}

/** Engines take seconds for what nests without end; no feed does. */
function readJson(text: string): AnyFeed {
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (isQuoted && sign === '\\') at += 1;
    else if (sign === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (sign === '[' || sign === '{')) depth += 1;
    else if (!isQuoted && (sign === ']' || sign === '}')) depth -= 1;
    if (depth > DEEPEST_JSON) throw new Error('nested too deeply');
  }
  return { format: 'json', feed: parseJsonFeed(text, LIMITS) };
}

function documentOf(parsed: AnyFeed): FeedDocument {
  const items = itemsOf(parsed);
  const { ttl = null, skipHours = [] } = parsed.format === 'rss' ? parsed.feed : {};
  return {
    items: items.slice(0, MOST_ITEMS).filter(({ text }) => text !== ''),
    isCut: items.length > MOST_ITEMS,
    ttlMinutes: ttl !== null && ttl > 0 ? ttl : null,
    // Some count from 1 to 24.
    skipHours: skipHours.filter((hour) => Number.isInteger(hour) && hour >= 0 && hour <= 24).map((hour) => hour % 24),
  };
}

function itemsOf(parsed: AnyFeed): readonly FeedItem[] {
  switch (parsed.format) {
    case 'rss':
      return (parsed.feed.items ?? []).map((item) => rssItem(item, parsed.feed));
    case 'rdf':
      return (parsed.feed.items ?? []).map((item) => rdfItem(item, parsed.feed));
    case 'atom':
      return (parsed.feed.entries ?? []).map((entry) => atomItem(entry, parsed.feed));
    case 'json':
      return (parsed.feed.items ?? []).map((item) => jsonItem(item, parsed.feed));
  }
}

function rssItem(item: RssFeed.Item<string>, feed: RssFeed.Feed<string>): FeedItem {
  const guid = item.guid?.value ?? null;
  const permaLink = guid !== null && item.guid?.isPermaLink !== false && /^https?:/i.test(guid) ? guid : null;
  const body = item.content?.encoded ?? item.description;
  return {
    guid,
    link: item.link ?? permaLink,
    author: named(item.authors?.[0]?.name, item.dc?.creators?.[0], item.source?.title, feed.title),
    text: textOf(htmlToText(item.title ?? ''), htmlToText(body ?? '')),
    language: item.dc?.languages?.[0] ?? feed.language ?? feed.dc?.languages?.[0] ?? null,
    publishedAt: dateOf(item.pubDate, item.dc?.dates?.[0], item.atom?.published, item.atom?.updated),
  };
}

function rdfItem(item: RdfFeed.Item<string>, feed: RdfFeed.Feed<string>): FeedItem {
  const body = item.content?.encoded ?? item.description;
  return {
    guid: item.rdf?.about ?? null,
    link: item.link ?? null,
    author: named(item.dc?.creators?.[0], feed.title),
    text: textOf(htmlToText(item.title ?? ''), htmlToText(body ?? '')),
    language: item.dc?.languages?.[0] ?? feed.dc?.languages?.[0] ?? null,
    publishedAt: dateOf(item.dc?.dates?.[0]),
  };
}

function atomItem(entry: AtomFeed.Entry<string>, feed: AtomFeed.Feed<string>): FeedItem {
  const links = entry.links ?? [];
  const link = links.find(({ rel }) => rel === undefined || rel === 'alternate') ?? links[0];
  return {
    guid: entry.id ?? null,
    link: link?.href ?? null,
    author: named(
      entry.authors?.[0]?.name,
      entry.source?.title && atomText(entry.source.title),
      feed.authors?.[0]?.name,
      feed.title && atomText(feed.title),
    ),
    text: textOf(atomText(entry.title), atomText(entry.content?.value === undefined ? entry.summary : entry.content)),
    language: entry.xml?.lang ?? feed.xml?.lang ?? null,
    // When it was first published, else when it was last changed: an old article that is corrected is no news.
    publishedAt: dateOf(entry.published, entry.updated),
  };
}

function jsonItem(item: JsonFeed.Item<string>, feed: JsonFeed.Feed<string>): FeedItem {
  const body = item.content_text === undefined ? htmlToText(item.content_html ?? '') : tidied(item.content_text);
  return {
    guid: item.id ?? null,
    link: item.url ?? item.external_url ?? null,
    author: named(item.authors?.[0]?.name, feed.authors?.[0]?.name, feed.title),
    text: textOf(tidied(item.title ?? ''), body === '' ? tidied(item.summary ?? '') : body),
    language: item.language ?? feed.language ?? null,
    publishedAt: dateOf(item.date_published, item.date_modified),
  };
}

/** RFC 4287, section 3.1.1: without a type it is plain text. */
function atomText(text: { readonly value?: string; readonly type?: string } | undefined): string {
  if (text?.value === undefined) return '';
  return text.type?.includes('html') ? htmlToText(text.value) : tidied(text.value);
}

function textOf(title: string, body: string): string {
  const whole = title === '' || body.startsWith(title) ? body : body === '' ? title : `${title} – ${body}`;
  return whole.slice(0, LONGEST_TEXT).toWellFormed();
}

function named(...names: readonly (string | undefined)[]): string | null {
  for (const name of names) {
    const text = name === undefined ? '' : htmlToText(name).slice(0, 512).toWellFormed();
    if (text !== '') return text;
  }
  return null;
}

function dateOf(...dates: readonly (string | undefined)[]): Instant | null {
  for (const date of dates) {
    const at = date === undefined ? null : parseFeedDate(date);
    if (at !== null) return at;
  }
  return null;
}
