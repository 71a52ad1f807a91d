import { z } from 'zod';
import { instant, type FeedId, type Instant } from '../../../shared/base/ids.ts';
import type { Post } from '../../../shared/domain/mention/mention.ts';
import { parseTime } from '../../../shared/domain/mention/parse-time.ts';
import { plainText } from '../stream/plain-text.ts';
import type { Commit } from './jetstream-frame.ts';

export const POSTS = 'app.bsky.feed.post';

const LONGEST_ID = 512;

/** Where a quoted record is: in `app.bsky.embed.record`, and one deeper when pictures stand beside it. */
const Quoted = z.object({ record: z.object({ uri: z.string().max(512) }) });
const QuotedBesideMedia = z.object({ record: Quoted });

/** The lexicon allows 300 characters; what an author's program wrote beside the text never costs us the text. */
const PostRecord = z.object({
  $type: z.literal(POSTS).optional(),
  text: z.string(),
  createdAt: z.string().max(64).optional().catch(undefined),
  langs: z.array(z.string()).optional().catch(undefined),
  embed: z.looseObject({ $type: z.string() }).optional().catch(undefined),
});

/**
 * The post that a commit writes; null when its record is none. Its id is its at-uri, so an edit is the same post.
 * `observedAt` is Jetstream's own time; what the author's program claims is kept as `occurredAt`, never in the future.
 */
export function postOfCommit({ did, rkey, record }: Commit, timeUs: number, now: Instant, feedId: FeedId): Post | null {
  const parsed = PostRecord.safeParse(record);
  const id = atUri(did, rkey);
  if (!parsed.success || id.length > LONGEST_ID) return null;
  const { text, createdAt, langs, embed } = parsed.data;
  const observedAt = instant(Math.min(now, timeUs / 1_000));
  const claimedAt = createdAt === undefined ? null : parseTime(createdAt);
  return {
    id,
    feedId,
    channel: 'bluesky',
    author: did,
    text: plainText(text),
    url: `https://bsky.app/profile/${did}/post/${rkey}`,
    language: primaryLanguage(langs?.[0]),
    occurredAt: claimedAt === null ? null : instant(Math.min(observedAt, claimedAt)),
    observedAt,
    recordedAt: now,
    engagement: null,
    reach: null,
    repostOf: quotedPost(embed),
    sentiment: null,
  };
}

function atUri(did: string, rkey: string): string {
  return `at://${did}/${POSTS}/${rkey}`;
}

function quotedPost(embed: z.infer<typeof PostRecord>['embed']): string | null {
  if (embed === undefined) return null;
  const quoted = embed.$type === 'app.bsky.embed.recordWithMedia' ? besideMedia(embed) : alone(embed);
  // Lists and feeds can be embedded too; they are not a post that this one repeats.
  return quoted !== null && quoted.includes(`/${POSTS}/`) ? quoted : null;
}

function alone(embed: unknown): string | null {
  const parsed = Quoted.safeParse(embed);
  return parsed.success ? parsed.data.record.uri : null;
}

function besideMedia(embed: unknown): string | null {
  const parsed = QuotedBesideMedia.safeParse(embed);
  return parsed.success ? parsed.data.record.record.uri : null;
}

/** `en` of `en-US`; null of what is no language tag (BCP 47). */
function primaryLanguage(tag: string | undefined): string | null {
  return /^([a-z]{2,3})(?:-|$)/i.exec(tag ?? '')?.[1]?.toLowerCase() ?? null;
}
