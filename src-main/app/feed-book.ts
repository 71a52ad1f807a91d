/**
 * All feeds of one workspace: those that people set up, made anew as their settings change, and those that the program
 * brings itself (the demo, a replay, the files of the data folder, what people type in).
 *
 * 1. A feed is built with the cursor that its sink was given last, so that nothing is lost or counted twice.
 * 2. Two feeds never run under one id: the earlier one is stopped before the next is built.
 * 3. No secret is in a status, a log line or a view.
 */
import type { FeedId, Instant, WatchQueryId } from '../../shared/base/ids.ts';
import type { FeedSettings } from '../../shared/domain/feed/feed-settings.ts';
import type { WorkspaceState } from '../../shared/domain/workspace/workspace.ts';
import type { FeedView } from '../../shared/protocol/views.ts';
import type {
  Clock,
  Feed,
  FeedDeps,
  FeedSecrets,
  PostSink,
  Schedule,
  WebhookFeed,
  WebhookReply,
  WebhookRequest,
} from '../commands/ports.ts';
import type { BackgroundWork } from './background-work.ts';
import { buildFeed } from './build-feed.ts';

/** To which watch query everything of a feed belongs; null: each post is matched against all of them. */
type Binding = () => WatchQueryId | null;

interface Running {
  readonly feed: Feed;
  readonly boundTo: Binding;
}

/** A feed of the settings: running, paused, or one that could not be built. */
interface Kept {
  readonly settings: FeedSettings;
  readonly feed: Feed | WebhookFeed | null;
  /** What is shown of it while it does not run. */
  readonly idle: FeedView | null;
}

export interface FeedBook {
  /** Starts the feeds of the settings, and from then on follows every change of them. */
  follow(): void;
  /** Starts a feed that no settings name. */
  start(feed: Feed, boundTo: Binding): void;
  stop(feedId: FeedId): void;
  /** Its secret is another one: it connects anew. */
  restart(feedId: FeedId): void;
  statuses(): readonly FeedView[];
  boundTo(feedId: FeedId): WatchQueryId | null;
  /** Hands over what somebody sent; null when no webhook of that id takes anything. */
  receive(feedId: FeedId, request: WebhookRequest): WebhookReply | null;
  close(): void;
}

export function createFeedBook(deps: {
  state(): WorkspaceState;
  readonly stateChanged: { listen(listener: () => void): () => void };
  cursorOf(feedId: FeedId): unknown;
  sinkOf(feedId: FeedId): PostSink;
  readonly secrets: FeedSecrets;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly random: () => number;
  readonly work: BackgroundWork;
  changed(): void;
}): FeedBook {
  const { clock, work } = deps;
  const kept = new Map<FeedId, Kept>();
  const others = new Map<FeedId, Running>();
  let stopFollowing: () => void = () => undefined;

  function depsFor(feedId: FeedId): FeedDeps {
    const { schedule, random } = deps;
    return { clock, schedule, random, cursor: deps.cursorOf(feedId) };
  }

  function run(settings: FeedSettings): void {
    const { feedId } = settings;
    const before = statusOf(feedId);
    end(feedId);
    if (settings.paused) {
      kept.set(feedId, { settings, feed: null, idle: idleView(settings, clock.now(), before, 'paused', null) });
      return;
    }
    let feed: Kept['feed'] = null;
    const isStarted = work.attempt(`start of ${feedId}`, () => {
      feed = buildFeed(settings, depsFor(feedId), deps.secrets.get(feedId));
      kept.set(feedId, { settings, feed, idle: null });
      feed.start(deps.sinkOf(feedId));
    });
    if (isStarted || feed !== null) return;
    const detail = 'It could not be started. Save its settings again, or look into the log of the host.';
    kept.set(feedId, { settings, feed: null, idle: idleView(settings, clock.now(), before, 'failed', detail) });
  }

  function end(feedId: FeedId): void {
    const feed = kept.get(feedId)?.feed;
    if (feed) work.attempt(`end of ${feedId}`, () => feed.stop());
    kept.delete(feedId);
  }

  function statusOf(feedId: FeedId): FeedView | null {
    const one = kept.get(feedId);
    return one?.feed?.status() ?? one?.idle ?? others.get(feedId)?.feed.status() ?? null;
  }

  /** Makes what runs what the settings say. A feed whose settings are as they were is left alone. */
  function settle(): void {
    const { feeds } = deps.state();
    const wanted = new Set(feeds.map(({ feedId }) => feedId));
    for (const feedId of [...kept.keys()]) if (!wanted.has(feedId)) end(feedId);
    for (const settings of feeds) {
      const before = kept.get(settings.feedId)?.settings;
      if (!before || JSON.stringify(before) !== JSON.stringify(settings)) run(settings);
    }
    deps.changed();
  }

  return {
    follow() {
      settle();
      let shown = deps.state().feeds;
      stopFollowing = deps.stateChanged.listen(() => {
        if (deps.state().feeds === shown) return;
        shown = deps.state().feeds;
        settle();
      });
    },
    start(feed, boundTo) {
      const { feedId } = feed.status();
      others.get(feedId)?.feed.stop();
      others.set(feedId, { feed, boundTo });
      work.attempt(`start of ${feedId}`, () => feed.start(deps.sinkOf(feedId)));
      deps.changed();
    },
    stop(feedId) {
      others.get(feedId)?.feed.stop();
      others.delete(feedId);
      deps.changed();
    },
    restart(feedId) {
      const settings = kept.get(feedId)?.settings;
      if (settings) run(settings);
      deps.changed();
    },
    statuses() {
      const own = [...kept.keys()].map((feedId) => statusOf(feedId)).filter((status) => status !== null);
      return [...own, ...[...others.values()].map(({ feed }) => feed.status())];
    },
    boundTo(feedId) {
      const one = kept.get(feedId);
      return one ? one.settings.watchQueryId : (others.get(feedId)?.boundTo() ?? null);
    },
    receive(feedId, request) {
      const { feed, settings } = kept.get(feedId) ?? {};
      if (feed) return 'receive' in feed ? feed.receive(request) : null;
      if (settings?.kind !== 'webhook') return null;
      return { status: 503, body: { error: 'This feed is paused. Send it again later.' } };
    },
    close() {
      stopFollowing();
      for (const feedId of [...kept.keys()]) end(feedId);
      for (const { feed } of others.values()) feed.stop();
      others.clear();
    },
  };
}

function idleView(
  { feedId, name, kind }: FeedSettings,
  now: Instant,
  before: FeedView | null,
  state: 'paused' | 'failed',
  detail: string | null,
): FeedView {
  const address = kind === 'webhook' ? `/feeds/${feedId}` : null;
  const counts = { received: 0, accepted: 0, skipped: 0, shed: 0, reconnects: 0, lastMentionAt: null };
  const pace = { perMinute: null, lagMs: null };
  return { ...counts, ...before, ...pace, feedId, name, kind, address, state, since: now, detail };
}
