import { z } from 'zod';
import { FeedId, WatchQueryId } from '../../base/ids.ts';

/** A scheme, a host, and then no white space; what it leads to, only asking it tells. */
const ADDRESS = /^[a-z]+:\/\/[^\s/?#@]+(?:[/?#]\S*)?$/;

const address = (schemes: readonly string[]) =>
  z
    .string()
    .max(2048)
    .refine((text) => schemes.some((scheme) => ADDRESS.test(text) && text.startsWith(`${scheme}//`)), {
      message: `must be an address that begins with ${schemes.join('// or ')}//`,
    });

const common = {
  feedId: FeedId,
  name: z.string().trim().min(1).max(200),
  /** Everything it brings is about this query; null: each post is matched against all of them. */
  watchQueryId: WatchQueryId.nullable(),
  paused: z.boolean(),
};

/** Where mentions come from. Tokens and secrets are never in here: see the port `FeedSecrets`. */
export const FeedSettings = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('bluesky'),
    ...common,
    /** A Jetstream endpoint, with its path: `wss://jetstream2.us-east.bsky.network/subscribe`. */
    url: address(['wss:', 'ws:']),
  }),
  z.strictObject({
    kind: z.literal('mastodon'),
    ...common,
    /** The server whose streaming API is asked, `https://mastodon.social`; its token is a secret. */
    url: address(['https:', 'http:']),
    stream: z.enum(['public', 'public:local', 'public:remote', 'user']),
    /** Followed as streams of their own, without the #. */
    tags: z.array(z.string().trim().min(1).max(100)).max(20),
  }),
  z.strictObject({
    kind: z.literal('rss'),
    ...common,
    url: address(['https:', 'http:']),
    /** Minutes between two looks; the server may ask for more. */
    everyMinutes: z.int().min(1).max(1440),
  }),
  z.strictObject({ kind: z.literal('webhook'), ...common }),
  z.strictObject({ kind: z.literal('file'), ...common, path: z.string().min(1).max(4096) }),
]);
export type FeedSettings = z.infer<typeof FeedSettings>;
export type FeedKind = FeedSettings['kind'];
