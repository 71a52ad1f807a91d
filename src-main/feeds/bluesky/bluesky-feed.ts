/**
 * Bluesky through Jetstream: every post of the network, as it is written (https://github.com/bluesky-social/jetstream).
 *
 * Likes and reposts are left out: they are ten times as many as posts, they carry no text, and whether they are about
 * a mention could only be told by holding every mention's address here. So `engagement` is null, and `reach` too:
 * Jetstream knows no followers.
 */
import { z } from 'zod';
import type { FeedSettings } from '../../../shared/domain/feed/feed-settings.ts';
import type { Instant } from '../../../shared/base/ids.ts';
import type { Feed, FeedCursor, FeedDeps } from '../../commands/ports.ts';
import type { FeedMeter } from '../feed-meter.ts';
import { openSocket, type OpenSocket } from '../stream/open-socket.ts';
import { createRecent } from '../stream/recent.ts';
import { createStreamFeed, type FrameReading, type StreamSource } from '../stream/stream-feed.ts';
import { parseJetstreamFrame, type Commit } from './jetstream-frame.ts';
import { postOfCommit, POSTS } from './bluesky-post.ts';

/** Frames are not quite in the order of their times, so a resumed stream begins a little earlier. */
const OVERLAP_US = 5_000_000;
/** How far back a server goes unless its operator says otherwise; earlier cursors are moved up without a word. */
const LOOKBACK_MS = 36 * 3_600_000;
/** The first frame after a resume lies so much later than asked for: something in between was not offered. */
const LEAP_MS = 10 * 60_000;
const LARGEST_MESSAGE_BYTES = 1_000_000;
/** Far more than an overlap holds, at ten times the usual rate. */
const RECENT = 20_000;

/**
 * Jetstream's own time of the last frame, in microseconds since 1970. A time means the same to every instance and to
 * both versions, where v2's sequence numbers belong to one server.
 */
export const BlueskyCursor = z.object({ timeUs: z.int().positive() });

export type BlueskySettings = Extract<FeedSettings, { kind: 'bluesky' }>;

/** All posts of the Bluesky network. The cursor is a `BlueskyCursor`. */
export function createBlueskyFeed(
  settings: BlueskySettings,
  deps: FeedDeps & { readonly openSocket?: OpenSocket },
): Feed {
  return createStreamFeed(
    settings,
    { ...deps, openSocket: deps.openSocket ?? openSocket },
    (meter) => createJetstreamSource(settings, deps, meter),
    { by: 'frames' },
  );
}

function createJetstreamSource(settings: BlueskySettings, deps: FeedDeps, meter: FeedMeter): StreamSource {
  const kept = BlueskyCursor.safeParse(deps.cursor);
  const recent = createRecent(RECENT);
  let timeUs = kept.success ? Math.min(kept.data.timeUs, deps.clock.now() * 1_000) : null;
  let askedFromUs: number | null = null;

  function readCommit(commit: Commit, seenUs: number, now: Instant): FrameReading {
    // A time from the future would make the server skip everything up to it at the next start.
    timeUs = Math.min(seenUs, now * 1_000);
    noticeLeap(timeUs);
    // A deletion does not undo what was said: what is stored stays, as evidence.
    if (commit.collection !== POSTS || commit.operation === 'delete') return { type: 'sign' };
    if (!recent.isNew(`${commit.did} ${commit.collection} ${commit.rkey} ${commit.rev}`)) return { type: 'sign' };
    const post = postOfCommit(commit, seenUs, now, settings.feedId);
    if (post === null) return { type: 'malformed' };
    return { type: 'posts', posts: [post], cursor: { timeUs } satisfies FeedCursor };
  }

  function noticeLeap(firstUs: number): void {
    if (askedFromUs === null) return;
    if ((firstUs - askedFromUs) / 1_000 > LEAP_MS) {
      const from = new Date(askedFromUs / 1_000).toISOString();
      const to = new Date(firstUs / 1_000).toISOString();
      meter.note(`A gap: what was posted between ${from} and ${to} was not offered any more.`);
    }
    askedFromUs = null;
  }

  return {
    prepare(open) {
      askedFromUs = timeUs === null ? null : timeUs - OVERLAP_US;
      open({ url: jetstreamAddress(settings.url, askedFromUs) });
    },
    read(text, now) {
      const frame = parseJetstreamFrame(text);
      switch (frame?.type) {
        case undefined:
          return { type: 'malformed' };
        case 'commit':
          return readCommit(frame.commit, frame.timeUs, now);
        case 'other':
          return { type: 'sign' };
        case 'info':
          if (frame.name === 'OutdatedCursor')
            meter.note(`A gap: we were away for longer than the ${LOOKBACK_MS / 3_600_000} hours that are kept there.`);
          return { type: 'sign' };
        case 'error':
          return { type: 'refused', end: { reason: `The server ended it (${frame.error})` } };
      }
    },
  };
}

/** The settings' address with what we want: posts only, from `cursorUs` on (inclusive), nothing enormous. */
export function jetstreamAddress(url: string, cursorUs: number | null): string {
  const address = new URL(url);
  const isV2 = address.pathname.endsWith('/network.bsky.jetstream.subscribeEvents');
  address.searchParams.set(isV2 ? 'collections' : 'wantedCollections', POSTS);
  if (isV2) address.searchParams.set('kinds', 'commit');
  address.searchParams.set('maxMessageSizeBytes', String(LARGEST_MESSAGE_BYTES));
  if (cursorUs === null) address.searchParams.delete('cursor');
  else address.searchParams.set('cursor', String(Math.max(0, cursorUs)));
  return address.href;
}
