import { instant, type Instant, type WatchQueryId } from '../../shared/base/ids.ts';
import { drivingOf, drivingPast, type DrivingPast } from '../../shared/domain/mention/driving.ts';
import type { Mention } from '../../shared/domain/mention/mention.ts';
import { parseWatchQuery } from '../../shared/domain/watch-query/parse-watch-query.ts';
import { wordsAskedFor } from '../../shared/domain/watch-query/query-expression.ts';
import type { WatchQuery } from '../../shared/domain/workspace/workspace.ts';
import type { DrivingView } from '../../shared/protocol/views.ts';
import type { MentionStore } from '../store/mention-store.ts';
import { mentionView } from './mention-views.ts';

const DAY_MS = 24 * 60 * 60_000;
/** The newest of a span are read; in a storm of more than that they say the same as all of them. */
const MOST_READ = 2_000;
/** The day before changes slowly. */
const PAST_KEPT_MS = 5 * 60_000;

/** Who and what drives a watch query, as a page shows it. */
export function createDrivingViews(
  store: Pick<MentionStore, 'mentionsBetween' | 'seenAuthors' | 'countSince'>,
): (query: WatchQuery, from: Instant, now: Instant) => DrivingView {
  const pasts = new Map<WatchQueryId, { readonly at: Instant; readonly past: DrivingPast }>();

  function pastOf(watchQueryId: WatchQueryId, from: Instant, now: Instant): DrivingPast {
    const known = pasts.get(watchQueryId);
    if (known && now - known.at < PAST_KEPT_MS) return known.past;
    const past = drivingPast(store.mentionsBetween(watchQueryId, instant(from - DAY_MS), from, MOST_READ));
    pasts.set(watchQueryId, { at: now, past });
    return past;
  }

  return (query, from, now) => {
    const { watchQueryId } = query;
    const mentions = store.mentionsBetween(watchQueryId, from, instant(now + 1), MOST_READ);
    const driving = drivingOf({
      mentions,
      past: pastOf(watchQueryId, from, now),
      seenBefore: (author) => store.seenAuthors(watchQueryId, [author], from).size > 0,
      ownWords: ownWordsOf(query),
    });
    const view = (mention: Mention) => mentionView(mention, driving.copies.get(mention.id) ?? 1);
    const count = mentions.length < MOST_READ ? mentions.length : store.countSince(watchQueryId, from);
    return {
      mentions: count,
      authors: driving.authors,
      repostShare: driving.repostShare,
      negativeShare: driving.negativeShare,
      negativeShareBefore: driving.negativeShareBefore,
      reach: driving.reach,
      stories: driving.stories.map(({ mention, count: told, authors, engagement }) => ({
        mention: view(mention),
        mentions: told,
        authors,
        engagement,
      })),
      accounts: driving.accounts,
      questions: driving.questions.map(({ mention, askers }) => ({ mention: view(mention), askers })),
      terms: driving.terms,
    };
  };
}

function ownWordsOf({ query }: WatchQuery): readonly string[] {
  const read = parseWatchQuery(query);
  return read.ok ? wordsAskedFor(read.value) : [];
}
