/*
 * Keeps these:
 * 1. "Unchanged since ETag" is only ever asked about a document whose posts are stored: both go into one transaction.
 * 2. An item that was handed over is not handed over again while it stands in the document.
 * 3. What could not be stored is brought again every second, as it was read, before the feed is looked at anew.
 * 4. Never two requests at a time, and none sooner than the person and the server ask for.
 */
import { z } from 'zod';
import { sha256Hex } from '../../../shared/base/digest.ts';
import { Instant } from '../../../shared/base/ids.ts';
import type { FeedSettings } from '../../../shared/domain/feed/feed-settings.ts';
import type { Post } from '../../../shared/domain/mention/mention.ts';
import type { Feed, FeedDeps, PostSink } from '../../commands/ports.ts';
import { createFeedMeter } from '../feed-meter.ts';
import { BRING_AGAIN_MS, handOver, LIVE_WITHIN_MS } from '../hand-over.ts';
import { type FeedDocument, type FeedItem, MOST_ITEMS, readFeedDocument } from './feed-document.ts';
import { createFetchFeed, type FeedAnswer, type FetchFeed } from './fetch-feed.ts';
import { itemId, itemToPost } from './item-post.ts';
import { intervalMs, type Manners, waitAfterAnswerMs, waitAfterFailureMs } from './next-look.ts';

/** A host that starts again and again must not ask more often than this. */
const LEAST_BETWEEN_STARTS_MS = 60_000;
/** Of an item's identity: enough to tell those of one feed apart. */
const DIGITS_KEPT = 16;
const MOST_SEEN = 2 * MOST_ITEMS;

const RssCursor = z.object({
  /** Of the feed that the rest is about. */
  url: z.string(),
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  /** When it was last answered. */
  lookedAt: Instant,
  /** The items that were handed over, as digests, the latest document's first. */
  seen: z.array(z.string()).max(MOST_SEEN),
});
type RssCursor = z.infer<typeof RssCursor>;

export type RssSettings = Pick<Extract<FeedSettings, { kind: 'rss' }>, 'feedId' | 'name' | 'url' | 'everyMinutes'>;

interface Delivery {
  readonly history: readonly Post[];
  readonly news: readonly Post[];
  readonly cursor: RssCursor;
  readonly then: () => void;
}

/** Looks at an RSS, Atom or JSON feed every so many minutes. */
export function createRssFeed(settings: RssSettings, deps: FeedDeps, fetchFeed: FetchFeed = createFetchFeed()): Feed {
  const { clock, schedule, random } = deps;
  const { feedId, url, everyMinutes } = settings;
  const kept = RssCursor.safeParse(deps.cursor);
  let cursor = kept.success && kept.data.url === url ? kept.data : null;
  let manners: Manners | null = null;
  let failures = 0;
  let waitMs = intervalMs(everyMinutes, null);
  let cancel: (() => void) | null = null;
  const stopping = new AbortController();
  const meter = createFeedMeter({ ...settings, kind: 'rss' }, clock, {
    by: 'polls',
    everyMs: () => waitMs,
  });

  function lookIn(ms: number, sink: PostSink): void {
    cancel = schedule(ms, () => {
      cancel = null;
      const { etag = null, lastModified = null } = cursor ?? {};
      const request = { url, etag, lastModified, now: clock.now(), signal: stopping.signal };
      void fetchFeed(request).then((answer) => {
        if (!stopping.signal.aborted) take(answer, sink);
      });
    });
  }

  function take(answer: FeedAnswer, sink: PostSink): void {
    if (answer.kind === 'refused') return failed(answer.reason, answer.retryAfterMs, sink);
    if (answer.kind === 'unchanged') {
      // Nobody promised to answer so to a question that was not asked.
      if (cursor === null) return failed('The server answers "unchanged" to the first request.', null, sink);
      const looked = { ...cursor, lookedAt: clock.now() };
      return bring({ history: [], news: [], cursor: looked, then: () => answered(answer.movedTo, null, sink) }, sink);
    }
    const document = readFeedDocument(answer.text);
    if (!document.ok) return failed(document.error, null, sink);
    const { value } = document;
    bring({ ...deliveryOf(value, answer), then: () => answered(answer.movedTo, value, sink) }, sink);
  }

  function deliveryOf(document: FeedDocument, answer: Extract<FeedAnswer, { kind: 'document' }>) {
    const now = clock.now();
    const known = new Set(cursor?.seen);
    const history: Post[] = [];
    const news: Post[] = [];
    const seen = new Set<string>();
    for (const item of document.items) {
      const digest = sha256Hex(itemId(item, feedId)).slice(0, DIGITS_KEPT);
      if (!known.has(digest) && !seen.has(digest)) {
        const { observedAt, isNews } = placed(item, now);
        (isNews ? news : history).push(itemToPost(item, feedId, observedAt, now));
      }
      seen.add(digest);
    }
    const { etag, lastModified } = answer;
    // An item that leaves the document may come back: a server with several machines gives turns of old and new ones.
    const all = [...seen, ...[...known].filter((digest) => !seen.has(digest))].slice(0, MOST_SEEN);
    return { history, news, cursor: { url, etag, lastModified, lookedAt: now, seen: all } };
  }

  /**
   * When the source saw an item, and whether that alarms. Buckets go by the moment of publication: an article of three
   * hours ago that is read only now is part of the picture of three hours ago, and must not count as a storm of now.
   * An item without a date, or with one that is still to come, was seen when we saw it first; it is news only where we
   * have looked just before, so that it cannot be old. At the very first look, or after a long time away, it can.
   */
  function placed({ publishedAt }: FeedItem, now: Instant): { readonly observedAt: Instant; readonly isNews: boolean } {
    if (publishedAt !== null && publishedAt <= now) {
      return { observedAt: publishedAt, isNews: now - publishedAt <= LIVE_WITHIN_MS };
    }
    const freshMs = Math.max(LIVE_WITHIN_MS, 2 * intervalMs(everyMinutes, manners));
    return { observedAt: now, isNews: cursor !== null && now - cursor.lookedAt <= freshMs };
  }

  function bring(delivery: Delivery, sink: PostSink): void {
    cancel = null;
    const { history, news, cursor: next } = delivery;
    const isTaken =
      news.length === 0
        ? handOver(sink, history, 'history', meter, next)
        : handOver(sink, history, 'history', meter) && handOver(sink, news, 'live', meter, next);
    if (!isTaken) {
      cancel = schedule(BRING_AGAIN_MS, () => bring(delivery, sink));
      return;
    }
    cursor = next;
    delivery.then();
  }

  function answered(movedTo: string | null, document: FeedDocument | null, sink: PostSink): void {
    if (failures > 0) meter.reconnected();
    failures = 0;
    if (document !== null) manners = document;
    meter.heard();
    meter.become('live', detailOf(movedTo, document?.isCut ?? false));
    waitMs = waitAfterAnswerMs(clock.now(), everyMinutes, manners, random);
    lookIn(waitMs, sink);
  }

  function detailOf(movedTo: string | null, isCut: boolean): string | null {
    if (movedTo !== null) return `The feed has moved for good. Change its address to ${movedTo.slice(0, 500)}`;
    if (isCut) return `The feed holds more than ${MOST_ITEMS} items; the first ${MOST_ITEMS} were read.`;
    const asked = manners?.ttlMinutes ?? 0;
    return asked > everyMinutes ? `The feed asks to be looked at every ${asked} minutes at most.` : null;
  }

  function failed(reason: string, retryAfterMs: number | null, sink: PostSink): void {
    failures += 1;
    const pauseMs = waitAfterFailureMs(failures, retryAfterMs, random);
    meter.become('failed', `${reason} It is tried again in ${Math.max(1, Math.round(pauseMs / 60_000))} min.`);
    lookIn(pauseMs, sink);
  }

  return {
    start(sink) {
      const since = cursor === null ? LEAST_BETWEEN_STARTS_MS : clock.now() - cursor.lookedAt;
      lookIn(Math.max(0, LEAST_BETWEEN_STARTS_MS - Math.max(0, since)), sink);
    },
    stop() {
      stopping.abort();
      cancel?.();
      meter.become('ended', 'Stopped.');
    },
    status: () => meter.status(),
  };
}
