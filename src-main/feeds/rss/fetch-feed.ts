import ipaddr from 'ipaddr.js';
import type { Instant } from '../../../shared/base/ids.ts';
import { readAtMost } from '../../../shared/base/read-at-most.ts';
import { decodeDocument } from './document-encoding.ts';

/** The whole answer, with all redirects, must be there by then. */
const TIME_LIMIT_MS = 30_000;
const MOST_BYTES = 5 * 1024 * 1024;
const MOST_REDIRECTS = 5;
const LONGEST_RETRY_AFTER_MS = 24 * 60 * 60_000;
const ACCEPT =
  'application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, application/json;q=0.8, application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1';

export interface FeedRequest {
  readonly url: string;
  /** What the last answer said of itself; null when there is none, or it said nothing. */
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** For a `Retry-After` that names a date. */
  readonly now: Instant;
  /** Ends it when the feed is stopped. */
  readonly signal: AbortSignal;
}

/** `movedTo`: where the feed has moved for good, as its server says. Reasons are sentences for people. */
export type FeedAnswer =
  | {
      readonly kind: 'document';
      readonly text: string;
      readonly etag: string | null;
      readonly lastModified: string | null;
      readonly movedTo: string | null;
    }
  | { readonly kind: 'unchanged'; readonly movedTo: string | null }
  | { readonly kind: 'refused'; readonly reason: string; readonly retryAfterMs: number | null };

/** Asks once. Never throws. */
export type FetchFeed = (request: FeedRequest) => Promise<FeedAnswer>;

/** Over HTTP, with limits on time, size and redirects; `timeLimitMs` is shorter in tests of them. */
export function createFetchFeed(timeLimitMs = TIME_LIMIT_MS): FetchFeed {
  return async (request) => {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeLimitMs)]);
    try {
      return await follow(request, signal);
    } catch (cause) {
      return refused(whyFailed(cause));
    }
  };
}

async function follow(request: FeedRequest, signal: AbortSignal): Promise<FeedAnswer> {
  let url = new URL(request.url);
  if (url.username !== '' || url.password !== '') return refused('The address holds a user name or password.');
  let movedTo: string | null = null;
  let isForGood = true;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const response = await fetch(url, { headers: headersOf(request), redirect: 'manual', signal });
    const to = redirectOf(response, url);
    if (to === null) return answerOf(response, movedTo, request.now);
    await response.body?.cancel();
    const reason = whyNotThere(url, to);
    if (reason !== null) return refused(reason);
    // Only an unbroken chain from the beginning says that the address itself is out of date.
    isForGood &&= response.status === 301 || response.status === 308;
    if (isForGood) movedTo = to.href;
    url = to;
  }
  return refused(`The server redirects more than ${MOST_REDIRECTS} times.`);
}

function headersOf({ etag, lastModified }: FeedRequest): Record<string, string> {
  return {
    accept: ACCEPT,
    'user-agent': 'Firebreak (feed reader)',
    ...(etag === null ? {} : { 'if-none-match': etag }),
    ...(lastModified === null ? {} : { 'if-modified-since': lastModified }),
  };
}

function redirectOf(response: Response, from: URL): URL | null {
  if (![301, 302, 303, 307, 308].includes(response.status)) return null;
  const location = response.headers.get('location');
  return location === null ? null : URL.parse(location, from.href);
}

/** A server outside must not make us ask the machines inside. */
function whyNotThere(from: URL, to: URL): string | null {
  if (to.protocol !== 'http:' && to.protocol !== 'https:')
    return 'The server redirects to something that is no web address.';
  if (isInside(to) && !isInside(from)) return 'The server redirects to an address inside this network.';
  return null;
}

function isInside({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (/(?:^|\.)localhost\.?$/i.test(host)) return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() !== 'unicast';
}

async function answerOf(response: Response, movedTo: string | null, now: Instant): Promise<FeedAnswer> {
  if (response.status === 304) return { kind: 'unchanged', movedTo };
  if (response.status !== 200) {
    await response.body?.cancel();
    return refused(whyStatus(response.status), retryAfterMs(response.headers.get('retry-after'), now));
  }
  // Unpacked: a small answer may unfold into a large one.
  const bytes = await readAtMost((response.body ?? []) as AsyncIterable<Uint8Array>, MOST_BYTES);
  if (bytes === null) return refused('The answer is larger than 5 MB.');
  return {
    kind: 'document',
    text: decodeDocument(bytes, response.headers.get('content-type')),
    etag: shortHeader(response.headers.get('etag')),
    lastModified: shortHeader(response.headers.get('last-modified')),
    movedTo,
  };
}

/** It is kept with the cursor, and sent back with every request. */
function shortHeader(value: string | null): string | null {
  return value === null || value.length > 1_000 ? null : value;
}

/** RFC 9110, section 10.2.3: seconds, or a date. Null when it is neither. */
export function retryAfterMs(header: string | null, now: Instant): number | null {
  if (header === null) return null;
  const text = header.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? null : Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, ms));
}

function refused(reason: string, retryAfter: number | null = null): FeedAnswer {
  return { kind: 'refused', reason, retryAfterMs: retryAfter };
}

function whyStatus(status: number): string {
  if (status === 410) return 'The server says that this feed is gone for good (410).';
  if (status === 404) return 'There is no feed at this address (404).';
  if (status === 401 || status === 403) return `The server does not let us read this feed (${status}).`;
  if (status === 429) return 'The server asks us to come less often (429).';
  return `The server answers ${status}.`;
}

function whyFailed(cause: unknown): string {
  if (cause instanceof DOMException && cause.name === 'TimeoutError') return 'The server did not answer in time.';
  const inner = cause instanceof Error ? cause.cause : undefined;
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : null;
  return `The server cannot be read${code === null ? '' : ` (${code})`}.`;
}
