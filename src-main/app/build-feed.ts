import { assertNever } from '../../shared/base/invariant.ts';
import type { FeedSettings } from '../../shared/domain/feed/feed-settings.ts';
import type { Feed, FeedDeps, WebhookFeed } from '../commands/ports.ts';
import { createBlueskyFeed } from '../feeds/bluesky/bluesky-feed.ts';
import { createFileFeed } from '../feeds/file/file-feed.ts';
import { createMastodonFeed } from '../feeds/mastodon/mastodon-feed.ts';
import { createRssFeed } from '../feeds/rss/rss-feed.ts';
import { createWebhookFeed } from '../feeds/webhook/webhook-feed.ts';

/** The feed that these settings ask for, not started. */
export function buildFeed(settings: FeedSettings, deps: FeedDeps, secret: string | null): Feed | WebhookFeed {
  switch (settings.kind) {
    case 'bluesky':
      return createBlueskyFeed(settings, deps);
    case 'mastodon':
      return createMastodonFeed(settings, { ...deps, secret });
    case 'rss':
      return createRssFeed(settings, deps);
    case 'webhook':
      return createWebhookFeed({ ...settings, address: `/feeds/${settings.feedId}` }, deps, secret);
    case 'file':
      return createFileFeed(settings, deps);
    default:
      return assertNever(settings);
  }
}
