import type { FeedId, WatchQueryId } from '../../shared/base/ids.ts';
import type { Mention, Post } from '../../shared/domain/mention/mention.ts';
import type { PostSink } from '../commands/ports.ts';
import type { MentionStore } from '../store/mention-store.ts';
import { createTextReadings, type TextReadings } from './text-readings.ts';

/** What a post is asked: `Matcher` of `shared/domain/watch-query`. */
export interface PostMatcher {
  match(post: Pick<Post, 'text' | 'author' | 'language' | 'channel' | 'url'>): readonly WatchQueryId[];
}

export interface IntakeDeps {
  readonly store: Pick<MentionStore, 'insert'>;
  /** Of the watch queries as they are now. */
  matcher(): PostMatcher;
  /** The watch query that everything this feed brings is about; null: each post is matched against all of them. */
  boundTo(feedId: FeedId): WatchQueryId | null;
  /** Mentions that are on the disk: new ones, and known ones whose engagement rose. Never the same news twice. */
  onMentions(watchQueryId: WatchQueryId, mentions: readonly Mention[], as: 'live' | 'history'): void;
  /** `onMentions` threw. The mentions are kept all the same, so the feed is not asked to bring them again. */
  onFailure(cause: unknown): void;
}

export interface Intake {
  /** Where one feed hands over its posts. */
  sinkOf(feedId: FeedId): PostSink;
}

/** The way of a post into the host: whose mention it is, what it says, onto the disk, to whoever watches. */
export function createIntake(deps: IntakeDeps): Intake {
  const readings = createTextReadings();

  function mentionsOf(post: Post, bound: WatchQueryId | null, matcher: PostMatcher): readonly Mention[] {
    const read = readingOf(post, readings);
    const asking = bound === null ? matcher.match(read) : [bound];
    if (asking.length === 0) return [];
    const { language } = read;
    const sentiment = post.sentiment ?? readings.sentimentOf(post.text, language);
    return asking.map((watchQueryId) => ({ ...post, language, sentiment, watchQueryId }));
  }

  function handOn(mentions: readonly Mention[], as: 'live' | 'history'): void {
    for (const [watchQueryId, group] of Map.groupBy(mentions, (mention) => mention.watchQueryId)) {
      try {
        deps.onMentions(watchQueryId, group, as);
      } catch (cause) {
        deps.onFailure(cause);
      }
    }
  }

  return {
    sinkOf: (feedId) => (posts, as, cursor) => {
      const bound = deps.boundTo(feedId);
      const matcher = deps.matcher();
      const mentions = posts.flatMap((post) => mentionsOf(post, bound, matcher));
      if (mentions.length === 0 && cursor === undefined) return 0;
      const place = cursor === undefined ? undefined : { feedId, cursor };
      const { added, raised } = deps.store.insert(mentions, place);
      handOn([...added, ...raised], as);
      return added.length;
    },
  };
}

type Reading = Pick<Post, 'text' | 'author' | 'language' | 'channel' | 'url'>;

/** Its language is told when somebody asks for it: most posts of a firehose are nobody's mention. */
function readingOf({ text, author, channel, url, language }: Post, readings: TextReadings): Reading {
  let told: string | null | undefined = language ?? undefined;
  return {
    text,
    author,
    channel,
    url,
    get language() {
      if (told === undefined) told = readings.languageOf(text);
      return told;
    },
  };
}
