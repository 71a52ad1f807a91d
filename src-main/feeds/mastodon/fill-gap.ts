/**
 * What was said while no connection was there. A stream cannot be resumed, but the timelines behind it can be read
 * between two statuses (`since_id` and `max_id`, https://docs.joinmastodon.org/methods/timelines/).
 *
 * Read from now backwards, so that of a gap that is too long the part that matters most is there; handed over as it
 * was said, the oldest first.
 */
import { z } from 'zod';
import { parseJson } from '../../../shared/base/json.ts';
import type { Schedule } from '../../commands/ports.ts';
import type { HttpAnswer, HttpGet } from '../stream/http-get.ts';
import { compareIds, Status, StatusId } from './mastodon-status.ts';

/** What a server gives at most. */
const PAGE = 40;
/** Servers allow 300 requests in five minutes; the rest is left for whoever else uses the account. */
const MOST_PAGES = 150;
const TRY_AGAIN_MS = 30_000;
const MOST_TRIES = 12;

export type MastodonStream = 'public' | 'public:local' | 'public:remote' | 'user' | `hashtag:${string}`;

export interface TimelineDeps {
  readonly get: HttpGet;
  /** `https://mastodon.example`, without a slash at its end. */
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface GapDeps extends TimelineDeps {
  readonly schedule: Schedule;
  /** Each gets its share of what may be asked; what one leaves goes to those after it. */
  readonly streams: readonly MastodonStream[];
  /** The newest status that is known to be held. */
  readonly sinceId: string;
  /** What one stream said in the gap, oldest first; `malformed` more could not be read. */
  readonly onStream: (statuses: readonly Status[], malformed: number) => void;
  /** Once, at the end. The reason is a sentence without its stop; null when everything was read. */
  readonly onEnd: (reason: string | null) => void;
}

const Page = z.array(z.unknown()).max(2 * PAGE);
const Identified = z.object({ id: StatusId });

/** Reads each stream's timeline back to `sinceId`. Returns what breaks it off, without `onEnd`. */
export function fillGap(deps: GapDeps): () => void {
  const { schedule, streams, sinceId } = deps;
  let stream = 0;
  let pagesLeft = MOST_PAGES;
  let share = shareOf(0);
  let maxId: string | null = null;
  let held: { statuses: Status[]; malformed: number } = { statuses: [], malformed: 0 };
  let tries = 0;
  let unread: string | null = null;
  let isOver = false;
  let cancel: (() => void) | null = null;

  function shareOf(index: number): number {
    return Math.ceil(pagesLeft / Math.max(1, streams.length - index));
  }

  function step(): void {
    cancel = null;
    const current = streams[stream];
    if (current === undefined) return end();
    if (share === 0) return nextStream('more was said than can be fetched');
    share -= 1;
    pagesLeft -= 1;
    const before = maxId === null ? '' : `&max_id=${maxId}`;
    void getTimeline(deps, current, `since_id=${sinceId}&limit=${PAGE}${before}`).then((answer) => {
      if (!isOver) judge(answer);
    });
  }

  function judge(answer: HttpAnswer | null): void {
    if (answer === null || answer.status === 429 || answer.status >= 500) return tryAgain(answer);
    tries = 0;
    // A tag that nobody used yet has no timeline.
    if (answer.status === 404) return nextStream(null);
    if (answer.status !== 200) return nextStream(`the server refused it (${answer.status})`);
    const page = parsePage(answer.body);
    if (page === null) return nextStream('the answer could not be read');
    const isFurther = page.oldest !== null && (maxId === null || compareIds(page.oldest, maxId) < 0);
    if (!isFurther) return nextStream(null);
    held = { statuses: [...held.statuses, ...page.statuses], malformed: held.malformed + page.malformed };
    maxId = page.oldest;
    step();
  }

  function nextStream(reason: string | null): void {
    unread ??= reason;
    deps.onStream(
      held.statuses.toSorted((a, b) => compareIds(a.id, b.id)),
      held.malformed,
    );
    held = { statuses: [], malformed: 0 };
    maxId = null;
    stream += 1;
    share = shareOf(stream);
    step();
  }

  function tryAgain(answer: HttpAnswer | null): void {
    tries += 1;
    if (tries < MOST_TRIES) {
      share += 1;
      pagesLeft += 1;
      cancel = schedule(Math.max(TRY_AGAIN_MS, answer?.waitMs ?? 0), step);
      return;
    }
    tries = 0;
    nextStream(`the server does not answer${answer === null ? '' : ` (${answer.status})`}`);
  }

  function end(): void {
    isOver = true;
    deps.onEnd(unread);
  }

  step();
  return () => {
    isOver = true;
    cancel?.();
  };
}

/** The newest status of a stream's timeline: where a gap would begin that comes before the first post. */
export async function newestStatusId(deps: TimelineDeps, stream: MastodonStream): Promise<string | null> {
  const answer = await getTimeline(deps, stream, 'limit=1');
  return answer?.status === 200 ? (parsePage(answer.body)?.oldest ?? null) : null;
}

function getTimeline(
  { get, origin, headers }: TimelineDeps,
  stream: MastodonStream,
  query: string,
): Promise<HttpAnswer | null> {
  return get(`${origin}/api/v1/timelines/${timelineOf(stream)}${query}`, headers);
}

function timelineOf(stream: MastodonStream): string {
  switch (stream) {
    case 'public':
      return 'public?';
    case 'public:local':
      return 'public?local=true&';
    case 'public:remote':
      return 'public?remote=true&';
    case 'user':
      return 'home?';
    default:
      return `tag/${encodeURIComponent(stream.slice('hashtag:'.length))}?`;
  }
}

interface ParsedPage {
  readonly statuses: readonly Status[];
  readonly malformed: number;
  readonly oldest: string | null;
}

/** A status that cannot be read is left out, and does not hold up those before it. */
function parsePage(body: string): ParsedPage | null {
  const page = Page.safeParse(parseJson(body));
  if (!page.success) return null;
  const [oldest = null] = page.data
    .flatMap((status) => Identified.safeParse(status).data?.id ?? [])
    .toSorted(compareIds);
  const statuses = page.data.flatMap((status) => Status.safeParse(status).data ?? []);
  return { statuses, malformed: page.data.length - statuses.length, oldest };
}
