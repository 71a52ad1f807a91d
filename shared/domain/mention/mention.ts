import { z } from 'zod';
import { FeedId, Instant, WatchQueryId } from '../../base/ids.ts';

/** The name of a place where things are said; a file or a webhook may name any. */
export const Channel = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,39}$/);

/**
 * What a feed brings: one post or article, before anybody asked whom it is about.
 *
 * Three times, never mixed: `occurredAt` is what the author's client says, `observedAt` is when the source's server
 * saw it (what the spike monitor buckets by), `recordedAt` is when our host took it in.
 */
export const Post = z.strictObject({
  /** Identity at the source, for de-duplication: feeds deliver at least once. */
  id: z.string().min(1).max(512),
  feedId: FeedId,
  /** Where it was said, in lower case: `bluesky`, `mastodon`, `news`, `x`, ...; `other` when nobody knows. */
  channel: Channel,
  author: z.string().max(512).nullable(),
  text: z.string().max(20_000),
  url: z.string().max(2048).nullable(),
  /** BCP 47 primary language (`en`, `de`); null when neither the source nor our detection can tell. */
  language: z.string().max(12).nullable(),
  occurredAt: Instant.nullable(),
  observedAt: Instant,
  recordedAt: Instant,
  /** Likes + reposts + replies as last seen; null when the source does not say. */
  engagement: z.number().nonnegative().nullable(),
  /** Followers of the author; null is unknown and is shown as unknown. */
  reach: z.number().nonnegative().nullable(),
  /** Identity of the post this one repeats, when the source says so. */
  repostOf: z.string().max(512).nullable(),
  /** -1 (negative) to 1 (positive): the source's own, else our estimate; null when neither is possible. */
  sentiment: z.number().min(-1).max(1).nullable(),
});
export type Post = z.infer<typeof Post>;

/** A post that a watch query asks for. One post may be a mention of several. */
export const Mention = z.strictObject({ ...Post.shape, watchQueryId: WatchQueryId });
export type Mention = z.infer<typeof Mention>;

/** At or below this a mention counts as negative. */
export const NEGATIVE_AT_MOST = -0.05;

export function isNegative(mention: Pick<Mention, 'sentiment'>): boolean {
  return mention.sentiment !== null && mention.sentiment <= NEGATIVE_AT_MOST;
}

/**
 * What one account's followers count for at most, wherever reach is summed up: it is heavy-tailed, and one celebrity
 * is not a million readers.
 */
export const REACH_CAP = 100_000;
