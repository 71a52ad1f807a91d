import { z } from 'zod';
import { instant, type FeedId, type Instant } from '../../../shared/base/ids.ts';
import type { Post } from '../../../shared/domain/mention/mention.ts';
import { parseTime } from '../../../shared/domain/mention/parse-time.ts';
import { plainText } from '../stream/plain-text.ts';
import { htmlToText } from '../html-text.ts';

const LONGEST_HTML = 200_000;

/** Snowflakes at Mastodon; other servers that speak its API use letters too. */
export const StatusId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

const Count = z.number().int().nonnegative().nullish().catch(null);

const statusFields = {
  id: StatusId,
  /** The same everywhere in the fediverse, where `id` is this server's own. */
  uri: z.string().min(1).max(2048),
  url: z.string().max(2048).nullish(),
  created_at: z.string().max(64),
  edited_at: z.string().max(64).nullish(),
  content: z.string().max(LONGEST_HTML),
  spoiler_text: z.string().max(LONGEST_HTML).nullish(),
  visibility: z.string().max(32),
  language: z.string().max(64).nullish(),
  replies_count: Count,
  reblogs_count: Count,
  favourites_count: Count,
  account: z.object({ acct: z.string().min(1).max(400), followers_count: Count }),
};

const Reblogged = z.object(statusFields);

/** https://docs.joinmastodon.org/entities/Status/, as far as we read it. */
export const Status = z.object({ ...statusFields, reblog: Reblogged.nullish() });
export type Status = z.infer<typeof Status>;

export interface StatusContext {
  readonly feedId: FeedId;
  /** The server that we ask: accounts of its own come without it. */
  readonly host: string;
  readonly now: Instant;
  /**
   * When our server cannot have seen it before: null for what it pushes as it happens, else the moment from which on
   * we were not listening.
   */
  readonly notBefore: Instant | null;
}

/**
 * What a status brings: itself, and of a reblog also the original with its numbers of now, which is the only way in
 * which a server tells that a post is spreading. Nothing of what was not said in public.
 */
export function postsOfStatus(status: Status, context: StatusContext): readonly Post[] {
  if (!isPublic(status)) return [];
  const { reblog } = status;
  if (reblog === null || reblog === undefined) return [postOf(status, context)];
  if (!isPublic(reblog)) return [];
  const original = postOf(reblog, { ...context, notBefore: null, isOldNews: true });
  const repeated = { ...original, id: idOf(status, context.host), repostOf: original.id };
  const { author, reach, occurredAt, observedAt, recordedAt } = postOf(status, context);
  return [original, { ...repeated, author, reach, occurredAt, observedAt, recordedAt, engagement: null }];
}

function isPublic({ visibility }: Pick<Status, 'visibility'>): boolean {
  return visibility === 'public' || visibility === 'unlisted';
}

type AnyStatus = Omit<Status, 'reblog'>;

function postOf(status: AnyStatus, context: StatusContext & { readonly isOldNews?: boolean }): Post {
  const { feedId, host, now } = context;
  const claimedAt = parseTime(status.edited_at ?? status.created_at);
  const createdAt = parseTime(status.created_at);
  return {
    id: idOf(status, host),
    feedId,
    channel: 'mastodon',
    author: isOwn(status) ? `${status.account.acct}@${host}` : status.account.acct,
    text: textOf(status),
    url: webAddress(status.url) ?? webAddress(status.uri),
    language: /^([a-z]{2,3})(?:-|$)/i.exec(status.language ?? '')?.[1]?.toLowerCase() ?? null,
    occurredAt: createdAt === null ? null : instant(Math.min(now, createdAt)),
    observedAt: observedAt(claimedAt, isOwn(status), context),
    recordedAt: now,
    engagement: engagementOf(status),
    reach: status.account.followers_count ?? null,
    repostOf: null,
    sentiment: null,
  };
}

/**
 * When our server saw it. Of an account of its own that is the time it wrote itself; of another server's it pushes at
 * the moment it comes in, whenever it was written there. What was fetched later came in while we were away.
 */
function observedAt(
  claimedAt: Instant | null,
  isOfOurServer: boolean,
  { now, notBefore, isOldNews = false }: StatusContext & { readonly isOldNews?: boolean },
): Instant {
  const claimed = Math.min(now, claimedAt ?? now);
  if (isOldNews || isOfOurServer) return instant(claimed);
  return notBefore === null ? now : instant(Math.min(now, Math.max(notBefore, claimed)));
}

function isOwn({ account }: AnyStatus): boolean {
  return !account.acct.includes('@');
}

/** The `uri`; where it is too long to be kept, the server's own id does. */
function idOf({ uri, id }: AnyStatus, host: string): string {
  return uri.length <= 512 ? uri : `${host}/${id}`;
}

/** A content warning is part of what was said: often it is where the client is named. */
function textOf({ content, spoiler_text: warning }: AnyStatus): string {
  const text = htmlToText(content);
  return plainText(warning ? `${warning}\n\n${text}` : text);
}

function engagementOf({ replies_count, reblogs_count, favourites_count }: AnyStatus): number | null {
  const counts = [replies_count, reblogs_count, favourites_count];
  if (counts.every((count) => count === null || count === undefined)) return null;
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

function webAddress(url: string | null | undefined): string | null {
  return url !== null && url !== undefined && /^https?:\/\//i.test(url) ? url : null;
}

/** Which of two ids is newer, in the order the server gives them: by length, then by letters. */
export function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
