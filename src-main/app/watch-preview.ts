import { instant, WatchQueryId, type Instant } from '../../shared/base/ids.ts';
import type { Mention, Post } from '../../shared/domain/mention/mention.ts';
import { createMatcher } from '../../shared/domain/watch-query/matcher.ts';
import { parseWatchQuery } from '../../shared/domain/watch-query/parse-watch-query.ts';
import type { WatchPreview } from '../../shared/protocol/views.ts';
import type { MentionStore } from '../store/mention-store.ts';
import { inPieces } from './in-pieces.ts';
import { mentionViews } from './mention-views.ts';

const DAY_MS = 24 * 60 * 60_000;
/** Enough to judge a query by; a second or so of work. */
const MOST_LOOKED = 20_000;
const DAYS = 14;
const EXAMPLES = 20;
/** A query that is not saved has no id; the examples are shown, and lead nowhere. */
const TRIED = WatchQueryId.parse('preview');

/** What a query would find among the stored posts of the last two weeks, before anybody saves it. */
export async function previewWatchQuery(
  query: string,
  store: Pick<MentionStore, 'newestPosts'>,
  now: Instant,
): Promise<WatchPreview> {
  const nothing = { matched: 0, looked: 0, perDay: [], examples: [] };
  if (query.trim() === '') return { problem: null, ...nothing };
  const read = parseWatchQuery(query);
  if (!read.ok) return { problem: { at: read.error.at, message: read.error.message }, ...nothing };
  const matcher = createMatcher([{ watchQueryId: TRIED, query }]);
  const firstDay = Math.floor(now / DAY_MS) - DAYS + 1;
  const perDay = Array.from({ length: DAYS }, (_, index) => ({
    day: instant((firstDay + index) * DAY_MS),
    matched: 0,
  }));
  const examples: Mention[] = [];
  let matched = 0;
  let looked = 0;

  function look(post: Post): boolean {
    const day = perDay[Math.floor(post.observedAt / DAY_MS) - firstDay];
    if (post.observedAt < firstDay * DAY_MS) return false;
    looked += 1;
    if (matcher.match(post).length === 0) return true;
    matched += 1;
    if (day) day.matched += 1;
    if (examples.length < EXAMPLES) examples.push({ ...post, watchQueryId: TRIED });
    return true;
  }

  await inPieces(store.newestPosts(MOST_LOOKED), look);
  return { problem: null, matched, looked, perDay, examples: mentionViews(examples) };
}
