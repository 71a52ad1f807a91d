import { FeedId, WatchQueryId } from '../../../shared/base/ids.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { type FeedKind, FeedSettings } from '../../../shared/domain/feed/feed-settings.ts';
import { slugFrom } from './slug.ts';

/** A feed as it is being typed. */
export interface FeedForm {
  /** Null for a new one. */
  readonly feedId: FeedId | null;
  readonly kind: FeedKind;
  readonly name: string;
  readonly url: string;
  readonly path: string;
  readonly everyMinutes: string;
  readonly stream: 'public' | 'public:local' | 'public:remote' | 'user';
  /** With or without #, with commas or spaces between them. */
  readonly tags: string;
  /** Empty: each post is matched against every watch query. */
  readonly watchQueryId: string;
  readonly paused: boolean;
}

/** What is there before anybody has typed anything. */
const FIRST_NAMES: { readonly [Kind in FeedKind]: string } = {
  bluesky: 'Bluesky',
  mastodon: 'Mastodon',
  rss: '',
  webhook: '',
  file: '',
};
const FIRST_URLS: { readonly [Kind in FeedKind]: string } = {
  bluesky: 'wss://jetstream2.us-east.bsky.network/subscribe',
  mastodon: 'https://mastodon.social',
  rss: '',
  webhook: '',
  file: '',
};

export function newFeedForm(kind: FeedKind): FeedForm {
  return {
    feedId: null,
    kind,
    name: FIRST_NAMES[kind],
    url: FIRST_URLS[kind],
    path: '',
    everyMinutes: '5',
    stream: 'public',
    tags: '',
    watchQueryId: '',
    paused: false,
  };
}

export function feedFormOf(feed: FeedSettings): FeedForm {
  return {
    ...newFeedForm(feed.kind),
    feedId: feed.feedId,
    name: feed.name,
    watchQueryId: feed.watchQueryId ?? '',
    paused: feed.paused,
    ...('url' in feed && { url: feed.url }),
    ...(feed.kind === 'file' && { path: feed.path }),
    ...(feed.kind === 'rss' && { everyMinutes: String(feed.everyMinutes) }),
    ...(feed.kind === 'mastodon' && { stream: feed.stream, tags: feed.tags.map((tag) => `#${tag}`).join(' ') }),
  };
}

const WANTED: { readonly [Kind in FeedKind]: string } = {
  bluesky: 'Give the whole address of a Jetstream: wss://jetstream2.us-east.bsky.network/subscribe',
  mastodon: 'Give the address of the server: https://mastodon.social',
  rss: 'Give the whole address of the feed: https://example.org/feed.xml',
  webhook: '',
  file: 'Give the whole path of the file on the machine of the host.',
};

/** The feed, or what is still missing in one sentence. */
export function readFeed(form: FeedForm, taken: readonly string[]): Result<FeedSettings, string> {
  const name = form.name.trim();
  if (name === '' || name.length > 200) return err('Give the feed a name.');
  const tags = form.tags
    .split(/[\s,]+/)
    .map((tag) => tag.replace(/^#/, ''))
    .filter((tag) => tag !== '');
  if (form.kind === 'mastodon' && tags.length > 20) return err('Follow at most 20 hashtags.');
  const minutes = Number(form.everyMinutes);
  if (form.kind === 'rss' && (!Number.isInteger(minutes) || minutes < 1 || minutes > 1440))
    return err('Look every 1 to 1,440 minutes, as a whole number.');
  const common = {
    feedId: form.feedId ?? FeedId.parse(slugFrom(name, taken, 'feed')),
    name,
    watchQueryId: form.watchQueryId === '' ? null : WatchQueryId.parse(form.watchQueryId),
    paused: form.paused,
  };
  const url = form.url.trim();
  const read = FeedSettings.safeParse(
    {
      bluesky: { kind: 'bluesky', ...common, url },
      mastodon: { kind: 'mastodon', ...common, url, stream: form.stream, tags },
      rss: { kind: 'rss', ...common, url, everyMinutes: minutes },
      webhook: { kind: 'webhook', ...common },
      file: { kind: 'file', ...common, path: form.path.trim() },
    }[form.kind],
  );
  return read.success ? ok(read.data) : err(WANTED[form.kind]);
}
