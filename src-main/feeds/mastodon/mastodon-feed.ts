/**
 * A Mastodon server's stream, with what was said while we were not connected read from its timelines.
 *
 * 1. The cursor does not move while a gap is being filled: whoever starts again then fills the same gap.
 * 2. What could not be filled is said, with its times.
 * 3. The token goes into a header of an encrypted connection (or to this machine), and nowhere else.
 */
import { z } from 'zod';
import { Instant } from '../../../shared/base/ids.ts';
import type { FeedSettings } from '../../../shared/domain/feed/feed-settings.ts';
import type { Feed, FeedCursor, FeedDeps, FeedStatus } from '../../commands/ports.ts';
import type { FeedMeter, Pulse } from '../feed-meter.ts';
import { httpGet, type HttpGet } from '../stream/http-get.ts';
import { openSocket, type OpenSocket } from '../stream/open-socket.ts';
import { createRecent } from '../stream/recent.ts';
import {
  createStreamFeed,
  type FrameReading,
  type StreamConnection,
  type StreamSource,
} from '../stream/stream-feed.ts';
import { fillGap, newestStatusId, type MastodonStream } from './fill-gap.ts';
import { compareIds, postsOfStatus, StatusId, type Status } from './mastodon-status.ts';
import { findStreaming } from './streaming-address.ts';
import { parseStreamingFrame } from './streaming-frame.ts';

/** A subscription is not confirmed; by then it works, and the timelines hold what came before it did. */
const FILL_AFTER_MS = 2_000;
/** Posts of other servers come in out of order: a gap is filled from a little before its beginning. */
const OVERLAP = 40;
const RECENT = 20_000;

/** `sinceId`: from here on a timeline is read to fill a gap; `at`: when we last knew that none had begun. */
export const MastodonCursor = z.object({ sinceId: StatusId, at: Instant });
export type MastodonCursor = z.infer<typeof MastodonCursor>;

export type MastodonSettings = Extract<FeedSettings, { kind: 'mastodon' }>;

export type MastodonDeps = FeedDeps & {
  /** The access token of a user of that server; servers want one since 4.2. */
  readonly secret: string | null;
  readonly openSocket?: OpenSocket;
  readonly httpGet?: HttpGet;
};

/** The public posts of one Mastodon server, or one user's home. The cursor is a `MastodonCursor`. */
export function createMastodonFeed(settings: MastodonSettings, deps: MastodonDeps): Feed {
  let deleted = 0;
  const feed = createStreamFeed(
    settings,
    { ...deps, openSocket: deps.openSocket ?? openSocket },
    (meter) => createStreamingSource(settings, deps, meter, () => (deleted += 1)),
    pulseOf(settings),
  );
  return { ...feed, status: () => withDeleted(feed.status(), deleted) };
}

/** What all servers say together never pauses; one server, one user, may be quiet for an hour. */
function pulseOf({ stream }: MastodonSettings): Pulse {
  return { by: stream === 'public' || stream === 'public:remote' ? 'frames' : 'posts' };
}

function withDeleted(status: FeedStatus, deleted: number): FeedStatus {
  if (deleted === 0 || status.state !== 'live' || status.detail !== null) return status;
  const what = deleted === 1 ? '1 post was deleted at its source' : `${deleted} posts were deleted at their source`;
  return { ...status, detail: `${what}; what was stored stays as evidence.` };
}

function createStreamingSource(
  settings: MastodonSettings,
  deps: MastodonDeps,
  meter: FeedMeter,
  onDeleted: () => void,
): StreamSource {
  const { clock, schedule, secret } = deps;
  const get = deps.httpGet ?? httpGet;
  const origin = new URL(settings.url).origin;
  const host = new URL(settings.url).host;
  const headers: Readonly<Record<string, string>> = secret === null ? {} : { authorization: `Bearer ${secret}` };
  // Tags first: they are what somebody asked for, and of a large server's main stream a gap is soon too long.
  const streams: readonly MastodonStream[] = [
    ...settings.tags.map((tag) => `hashtag:${tag.replace(/^#/, '')}` as const),
    settings.stream,
  ];
  const kept = MastodonCursor.safeParse(deps.cursor);
  const recent = createRecent(RECENT);
  let cursor: MastodonCursor | null = kept.success ? kept.data : null;
  let latestIds: string[] = [];
  let isFilling = false;
  let cancelFill: (() => void) | null = null;

  function read(status: Status, notBefore: Instant | null, now: Instant) {
    latestIds = [...latestIds, status.id].slice(-OVERLAP);
    // The same status comes once for every stream that it belongs to; an edit is another.
    if (!recent.isNew(`${status.id} ${status.edited_at ?? ''}`)) return [];
    return postsOfStatus(status, { feedId: settings.feedId, host, now, notBefore });
  }

  function step(now: Instant): FeedCursor | null {
    if (isFilling) return null;
    // Not the oldest of them: one that took hours to come here would have hours read again.
    const early = latestIds.toSorted(compareIds)[Math.floor(latestIds.length / 4)];
    if (early === undefined) return null;
    cursor = { sinceId: early, at: now };
    return cursor;
  }

  function fill(from: MastodonCursor, connection: StreamConnection): void {
    cancelFill = fillGap({
      get,
      schedule,
      origin,
      headers,
      streams,
      sinceId: from.sinceId,
      onStream(statuses, malformed) {
        const now = clock.now();
        meter.skipped(malformed);
        connection.take(
          statuses.flatMap((status) => read(status, from.at, now)),
          null,
        );
      },
      onEnd(reason) {
        isFilling = false;
        cancelFill = null;
        if (reason !== null) meter.note(gapText(from.at, clock.now(), reason));
        connection.take([], step(clock.now()));
      },
    });
  }

  /** At the very first start nothing is read again, but a gap may come before the first post does. */
  async function begin(connection: StreamConnection): Promise<void> {
    const newest = await newestStatusId({ get, origin, headers }, settings.stream);
    if (newest === null || cursor !== null) return;
    cursor = { sinceId: newest, at: clock.now() };
    connection.take([], cursor);
  }

  return {
    prepare(open, refuse) {
      if (secret !== null && !mayCarryToken(origin))
        return refuse({ reason: 'An access token is sent to an https address only', isRefusal: true });
      void findStreaming(origin, get).then((found) => {
        if ('end' in found) refuse(found.end);
        else open({ url: found.url, headers });
      });
    },
    opened(connection) {
      for (const stream of streams) connection.send(JSON.stringify({ type: 'subscribe', ...streamParameters(stream) }));
      const from = cursor;
      isFilling = from !== null;
      cancelFill = schedule(FILL_AFTER_MS, () => {
        cancelFill = null;
        if (from === null) void begin(connection);
        else fill(from, connection);
      });
    },
    read(text, now): FrameReading {
      const frame = parseStreamingFrame(text);
      switch (frame?.type) {
        case undefined:
          return { type: 'malformed' };
        case 'status':
          return { type: 'posts', posts: read(frame.status, null, now), cursor: step(now) };
        case 'deleted':
          onDeleted();
          return { type: 'sign' };
        case 'other':
          return { type: 'sign' };
        case 'refused':
          return { type: 'refused', end: { reason: refusedText(frame.status), isRefusal: true } };
      }
    },
    closed() {
      cancelFill?.();
      cancelFill = null;
      isFilling = false;
    },
  };
}

function streamParameters(stream: MastodonStream): { readonly stream: string; readonly tag?: string } {
  return stream.startsWith('hashtag:') ? { stream: 'hashtag', tag: stream.slice('hashtag:'.length) } : { stream };
}

function mayCarryToken(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  return protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
}

function refusedText(status: number | null): string {
  if (status === 401 || status === 403) return 'The server refuses the stream; check what the access token may read';
  return `The server refuses the stream${status === null ? '' : ` (${status})`}; check the tags`;
}

function gapText(from: Instant, to: Instant, reason: string): string {
  const [since, until] = [from, to].map((at) => new Date(at).toISOString());
  return `A gap: what was said between ${since} and ${until} could not be read whole (${reason}).`;
}
