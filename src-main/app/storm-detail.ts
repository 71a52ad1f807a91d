import { instant, type Instant, type WatchQueryId } from '../../shared/base/ids.ts';
import { type WatchQuery, watchQueryOf } from '../../shared/domain/workspace/workspace.ts';
import type {
  DrivingView,
  FeedView,
  MentionView,
  StormDetailView,
  StormSpanHours,
} from '../../shared/protocol/views.ts';
import type { WarRoom } from '../commands/war-room.ts';
import type { WorkspaceBook } from '../commands/workspace-book.ts';
import type { MentionStore } from '../store/mention-store.ts';
import type { Coverage } from './coverage.ts';
import { createDrivingViews } from './driving-view.ts';
import type { FeedBook } from './feed-book.ts';
import { mentionViews } from './mention-views.ts';
import type { StormBook } from './storm-book.ts';
import { stormMarks } from './storm-marks.ts';
import { channelsOf, createStormPoints, stepOf } from './storm-points.ts';

const HOUR_MS = 60 * 60_000;
const LISTED = 30;
const MOST_ENGAGED = 10;
/** Lists that a person reads need not move faster; between two the very same view is given. */
const RENEW_AFTER_MS = 2_000;
/** Views of spans that nobody has looked at for this long are let go. */
const FORGET_AFTER_MS = 60_000;

interface Made {
  readonly madeAt: Instant;
  askedAt: Instant;
  readonly view: StormDetailView;
}

/** Watch queries looked at closely: made when somebody looks, and shared by all who look at the same. */
export function createStormDetails(deps: {
  readonly workspace: Pick<WorkspaceBook, 'state'>;
  readonly warRoom: Pick<WarRoom, 'rooms'>;
  readonly store: MentionStore;
  readonly storms: Pick<StormBook, 'get' | 'view'>;
  readonly coverage: Pick<Coverage, 'isCovered'>;
  readonly feeds: Pick<FeedBook, 'statuses' | 'boundTo'>;
}) {
  const { workspace, warRoom, store, storms, coverage, feeds } = deps;
  const made = new Map<string, Made>();
  const charts = createStormPoints(store);
  const drivingView = createDrivingViews(store);

  function make(watchQueryId: WatchQueryId, hours: StormSpanHours, now: Instant): StormDetailView | null {
    const { state } = workspace;
    const query = watchQueryOf(state, watchQueryId);
    const watch = storms.get(watchQueryId);
    const storm = storms.view(watchQueryId, now);
    if (!query || !watch || !storm) return null;
    const since = instant(now - hours * HOUR_MS);
    const points = charts.points(watch, hours, now, (at) => coverage.isCovered(watchQueryId, at));
    const channelName = (id: string) => state.channels.find(({ channelId }) => channelId === id)?.name ?? id;
    return {
      storm,
      query,
      hours,
      stepMs: stepOf(hours),
      points,
      channels: channelsOf(points),
      marks: stormMarks(warRoom.rooms.values(), watchQueryId, since, channelName),
      expectedPeaks: state.expectedPeaks.filter((peak) => peak.watchQueryId === watchQueryId && peak.to > since),
      feeds: feedsOf(watchQueryId),
      ...listsOf(query, since, now),
    };
  }

  function feedsOf(watchQueryId: WatchQueryId): readonly FeedView[] {
    return feeds.statuses().filter(({ feedId }) => {
      const bound = feeds.boundTo(feedId);
      return bound === null || bound === watchQueryId;
    });
  }

  function listsOf(
    query: WatchQuery,
    since: Instant,
    now: Instant,
  ): {
    readonly driving: DrivingView;
    readonly newest: readonly MentionView[];
    readonly mostEngaged: readonly MentionView[];
  } {
    const { watchQueryId } = query;
    return {
      driving: drivingView(query, instant(Math.max(since, now - HOUR_MS)), now),
      newest: mentionViews(store.newest(watchQueryId, LISTED)),
      mostEngaged: mentionViews(store.mostEngaged(watchQueryId, since, MOST_ENGAGED)),
    };
  }

  return {
    /** The very same object until it is renewed; null when there is no such watch query. */
    view(watchQueryId: WatchQueryId, hours: StormSpanHours, now: Instant): StormDetailView | null {
      const key = `${watchQueryId} ${String(hours)}`;
      const known = made.get(key);
      if (known) known.askedAt = now;
      if (known && now - known.madeAt < RENEW_AFTER_MS && workspace.state.watchQueries.includes(known.view.query))
        return known.view;
      for (const [other, { askedAt }] of made) if (now - askedAt > FORGET_AFTER_MS) made.delete(other);
      const view = make(watchQueryId, hours, now);
      if (view) made.set(key, { madeAt: now, askedAt: now, view });
      else made.delete(key);
      return view;
    },
    /** The stored mentions are others now. */
    forget(watchQueryId: WatchQueryId): void {
      charts.forget(watchQueryId);
    },
  };
}
