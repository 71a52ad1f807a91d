import type { FeedId, Instant } from '../../../shared/base/ids.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { type MentionRefused, postFromRecord } from '../../../shared/domain/mention/mention-record.ts';
import type { Feed, FeedDeps, PostSink } from '../../commands/ports.ts';
import { addressIdentity } from '../address-identity.ts';
import { createFeedMeter } from '../feed-meter.ts';
import { handOverByAge } from '../hand-over.ts';

/** A post that somebody saw and typed in. */
export interface Entry {
  readonly channel: string;
  readonly url: string | null;
  readonly author: string | null;
  readonly text: string;
  /** When it was posted; null is now. */
  readonly observedAt: Instant | null;
  readonly engagement: number | null;
  readonly reach: number | null;
}

/** It could not be written to the disk, or the feed is stopped: it may be entered again. */
export interface EntryNotStored {
  readonly type: 'EntryNotStored';
}

export interface EntryFeed extends Feed {
  /** The identity of the post, and whether nobody had entered it before. */
  enter(entry: Entry): Result<{ readonly id: string; readonly isNew: boolean }, MentionRefused | EntryNotStored>;
}

/**
 * Takes what people type in. The address is the identity, in whatever spelling it was copied, so that a post entered by
 * two people counts once; without one it is author, text and time.
 */
export function createEntryFeed(
  settings: { readonly feedId: FeedId; readonly name: string },
  deps: Pick<FeedDeps, 'clock'>,
): EntryFeed {
  const { clock } = deps;
  const meter = createFeedMeter({ ...settings, kind: 'entry' }, clock, { by: 'recording' });
  let taker: PostSink | null = null;

  function enter(entry: Entry): ReturnType<EntryFeed['enter']> {
    if (taker === null) return err({ type: 'EntryNotStored' });
    const now = clock.now();
    const id = entry.url === null ? null : addressIdentity(entry.url);
    const post = postFromRecord({ ...entry, id }, { feedId: settings.feedId, now });
    if (!post.ok) return post;
    const before = meter.status().accepted;
    if (!handOverByAge(taker, [post.value], now, meter)) return err({ type: 'EntryNotStored' });
    return ok({ id: post.value.id, isNew: meter.status().accepted > before });
  }

  return {
    start(sink) {
      taker = sink;
      meter.become('live');
    },
    stop() {
      taker = null;
      meter.become('ended', 'Stopped.');
    },
    status: () => meter.status(),
    enter,
  };
}
