import type { FeedId, Instant, WatchQueryId } from '../../../shared/base/ids.ts';
import type { Mention, Post } from '../../../shared/domain/mention/mention.ts';
import type { Names } from './names.ts';

/** A post's columns, to be read as bare rows: naming each column of each row again takes half of a long walk. */
export const POST_COLUMNS = `post.n, post.id, post.feed_id, post.channel,
  (SELECT name FROM author WHERE number = post.author), post.text, post.url, post.language, post.occurred_at,
  post.observed_at, post.recorded_at, post.engagement, post.reach, post.repost_of, post.sentiment`;

/** One row of `POST_COLUMNS`. Rows were parsed when they came in, and are trusted when they come out. */
export type PostRow = readonly [
  n: number,
  id: string,
  feedId: FeedId,
  channel: number,
  author: string | null,
  text: string,
  url: string | null,
  language: string | null,
  occurredAt: Instant | null,
  observedAt: Instant,
  recordedAt: Instant,
  engagement: number | null,
  reach: number | null,
  repostOf: string | null,
  sentiment: number | null,
];

export function postFromRow(row: PostRow, channels: Names): Post {
  return {
    id: row[1],
    feedId: row[2],
    channel: channels.nameOf(row[3]),
    author: row[4],
    text: row[5],
    url: row[6],
    language: row[7],
    occurredAt: row[8],
    observedAt: row[9],
    recordedAt: row[10],
    engagement: row[11],
    reach: row[12],
    repostOf: row[13],
    sentiment: row[14],
  };
}

export function mentionFromRow(row: PostRow, watchQueryId: WatchQueryId, channels: Names): Mention {
  return { ...postFromRow(row, channels), watchQueryId };
}
