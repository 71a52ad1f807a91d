import type { Instant } from '../../shared/base/ids.ts';
import type { Post } from '../../shared/domain/mention/mention.ts';
import type { FeedCursor, PostSink } from '../commands/ports.ts';
import type { FeedMeter } from './feed-meter.ts';

/** How long a feed waits before it brings again what could not be stored. */
export const BRING_AGAIN_MS = 1_000;

/** What the source saw longer ago than this is no news: it is taken as history and alarms nobody. */
export const LIVE_WITHIN_MS = 15 * 60_000;

/**
 * Gives posts to whoever keeps them, with where the feed stands after them; no posts and a cursor are a step on its
 * own. False when they were not taken: the sink's owner has said why, and the feed has to bring the same ones again.
 */
export function handOver(
  sink: PostSink,
  posts: readonly Post[],
  as: 'live' | 'history',
  meter: FeedMeter,
  cursor?: FeedCursor,
): boolean {
  if (posts.length === 0 && cursor === undefined) return true;
  try {
    meter.delivered(posts, sink(posts, as, cursor), as);
    return true;
  } catch {
    meter.notStored();
    return false;
  }
}

/**
 * The same for posts of which some may be old: history first, then the news. The cursor goes with the last part that
 * there is, so that a crash between the two brings both again, and the store takes them once.
 */
export function handOverByAge(
  sink: PostSink,
  posts: readonly Post[],
  now: Instant,
  meter: FeedMeter,
  cursor?: FeedCursor,
): boolean {
  const isOld = ({ observedAt }: Post): boolean => now - observedAt > LIVE_WITHIN_MS;
  const old = posts.filter(isOld);
  if (old.length === 0) return handOver(sink, posts, 'live', meter, cursor);
  if (old.length === posts.length) return handOver(sink, old, 'history', meter, cursor);
  if (!handOver(sink, old, 'history', meter)) return false;
  const news = posts.filter((post) => !isOld(post));
  return handOver(sink, news, 'live', meter, cursor);
}
