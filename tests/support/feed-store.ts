import { Post } from '../../shared/domain/mention/mention.ts';
import type { FeedCursor, PostSink } from '../../src-main/commands/ports.ts';

/** Takes posts as a store does: in one step with the cursor, and each identity once, whoever brings it again. */
export function createFeedStore() {
  const posts: (Post & { readonly as: 'live' | 'history' })[] = [];
  const ids = new Set<string>();
  let cursor: FeedCursor | null = null;
  let refuses: () => boolean = () => false;

  const sink: PostSink = (some, as, next) => {
    if (refuses()) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    // What goes to a disk and comes back: nothing but JSON, and posts that hold what a post holds.
    const fresh = some.map((post) => Post.parse(post)).filter(({ id }) => !ids.has(id) && ids.add(id));
    posts.push(...fresh.map((post) => ({ ...post, as })));
    if (next !== undefined) cursor = JSON.parse(JSON.stringify(next)) as FeedCursor;
    return fresh.length;
  };

  return {
    sink,
    /** The new ones, in the order in which they came. */
    posts,
    ids: () => posts.map(({ id }) => id),
    cursor: () => cursor,
    /** From now on it throws whenever this says so. */
    refuseWhen(isRefused: () => boolean): void {
      refuses = isRefused;
    },
  };
}
