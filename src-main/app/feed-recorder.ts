import type { FeedId, Instant } from '../../shared/base/ids.ts';
import type { RoomEvent } from '../../shared/domain/room/room.ts';
import type { FeedView } from '../../shared/protocol/views.ts';
import type { FeedBook } from './feed-book.ts';
import { stalledFeedNotice } from './host-notices.ts';
import type { Notices } from './notices.ts';

/** A feed that brings nothing for this long is said so by the host itself: silence is not calm. */
const STALLED_AFTER_MS = 3 * 60_000;

type RecordedState = Extract<RoomEvent, { type: 'FeedStateChanged' }>['state'];

/** What an open room is told of a feed; null is nothing that it has to know. */
const RECORDED_AS: { readonly [S in FeedView['state']]: RecordedState | null } = {
  connecting: null,
  live: 'live',
  silent: 'silent',
  failed: 'failed',
  paused: 'ended',
  ended: 'ended',
  history: null,
};

/** Tells open rooms when a feed changes, and everybody when one has stalled. */
export function createFeedRecorder(deps: {
  readonly feeds: Pick<FeedBook, 'statuses'>;
  readonly notices: Pick<Notices, 'show' | 'clear'>;
  note(facts: readonly RoomEvent[]): void;
}): { tick(now: Instant): void } {
  const { feeds, notices } = deps;
  const recorded = new Map<FeedId, RecordedState>();
  const stalled = new Map<FeedId, FeedView['state']>();

  function record({ feedId, name, state, since }: FeedView): void {
    const as = RECORDED_AS[state];
    const before = recorded.get(feedId);
    if (as === null || as === before) return;
    recorded.set(feedId, as);
    if (before === undefined && as === 'live') return;
    deps.note([{ type: 'FeedStateChanged', feedId, name: name.slice(0, 300), state: as, since }]);
  }

  function warn(status: FeedView, now: Instant): void {
    const { feedId, state } = status;
    const isDown = state === 'silent' || state === 'failed' || state === 'connecting';
    if (!isDown) return end(feedId);
    if (now - status.since < STALLED_AFTER_MS || stalled.get(feedId) === state) return;
    stalled.set(feedId, state);
    notices.show(stalledFeedNotice(status));
  }

  function end(feedId: FeedId): void {
    if (stalled.delete(feedId)) notices.clear(`feed:${feedId}`);
  }

  return {
    tick(now) {
      const statuses = feeds.statuses();
      for (const status of statuses) {
        record(status);
        warn(status, now);
      }
      const there = new Set(statuses.map(({ feedId }) => feedId));
      for (const feedId of [...stalled.keys()]) if (!there.has(feedId)) end(feedId);
    },
  };
}
