import { countOf, formatCount, formatDuration, formatTime } from '../../shared/base/format.ts';
import type { Instant } from '../../shared/base/ids.ts';
import type { FeedView } from '../../shared/protocol/views.ts';

/** What each state of a feed is called, and how it looks. */
export const FEED_STATES = {
  connecting: { chip: 'plain', word: 'connecting' },
  live: { chip: 'done', word: 'live' },
  silent: { chip: 'warning', word: 'silent' },
  failed: { chip: 'warning', word: 'failed' },
  paused: { chip: 'plain', word: 'paused' },
  ended: { chip: 'plain', word: 'ended' },
  history: { chip: 'plain', word: 'history only' },
} as const;

export const FEED_KINDS: { readonly [Kind in FeedView['kind']]: string } = {
  bluesky: 'Bluesky',
  mastodon: 'Mastodon',
  rss: 'RSS, Atom or JSON Feed',
  webhook: 'webhook',
  file: 'file',
  demo: 'recorded crisis',
  replay: 'replayed file',
  entry: 'entered by hand',
};

/** What a person should know of a feed's health, worst first; empty where there is nothing to say. */
export function feedHealth(feed: FeedView, now: Instant): readonly string[] {
  const said: string[] = [];
  const sinceWords = `for ${formatDuration(Math.max(0, now - feed.since))}`;
  if (feed.state === 'silent') said.push(`Connected, and nothing has come ${sinceWords}. That is no data, not calm.`);
  if (feed.state === 'failed') said.push(`It has not worked ${sinceWords}. It tries again by itself.`);
  if (feed.state === 'connecting') said.push(`Connecting ${sinceWords}.`);
  if (feed.state === 'paused') said.push('Paused by a person: it brings nothing.');
  if (feed.shed > 0)
    said.push(
      `${countOf(feed.shed, 'post was', 'posts were')} thrown away: they came faster than they could be taken.`,
    );
  if (feed.skipped > 0)
    said.push(`${countOf(feed.skipped, 'malformed record was', 'malformed records were')} left out.`);
  if (feed.reconnects > 0) said.push(`Connected anew ${countOf(feed.reconnects, 'time')}.`);
  return said;
}

/** `1,204 posts a minute, 3 mentions, 1.2 s behind, last at 14:05:02`. */
export function feedNumbers(feed: FeedView): string {
  return [
    feed.perMinute === null ? null : `${countOf(feed.perMinute, 'post')} a minute`,
    `${countOf(feed.accepted, 'mention')} of ${formatCount(feed.received)} read`,
    delayWords(feed.lagMs),
    feed.lastMentionAt === null ? 'no mention yet' : `last mention at ${formatTime(feed.lastMentionAt)}`,
  ]
    .filter((part) => part !== null)
    .join(', ');
}

function delayWords(lagMs: number | null): string {
  if (lagMs === null) return 'delay unknown';
  return lagMs < 1000 ? 'less than a second behind' : `${lagWords(lagMs)} behind`;
}

/** How late posts reach us: `0.4 s`, `1:12`, `unknown`. */
export function lagWords(lagMs: number | null): string {
  if (lagMs === null) return 'unknown';
  return lagMs < 60_000 ? `${(lagMs / 1000).toFixed(1)} s` : formatDuration(lagMs);
}
