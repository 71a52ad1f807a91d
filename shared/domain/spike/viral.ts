import type { Instant } from '../../base/ids.ts';
import type { Mention } from '../mention/mention.ts';

/** A post is watched this long after its last sign of life. */
const WATCHED_MS = 2 * 3_600_000;
const MOST_WATCHED = 2_000;
/** Its velocity is what it gained within this time. */
const VELOCITY_MS = 10 * 60_000;
/** How much one post says about what is usual: a hundred posts outweigh what was known before. */
const LEARNS = 0.01;

export interface ViralConfig {
  /** Likes, reposts and replies that one post must gain within 10 minutes. */
  readonly leastGain: number;
  /** ... and how many times as fast as the posts of this watch query usually do. */
  readonly timesUsual: number;
}

export interface ViralPost {
  readonly mentionId: string;
  /** When this sighting was taken in. */
  readonly at: Instant;
  /** T0: `recordedAt` of the post's first sighting. */
  readonly abnormalSince: Instant;
  readonly engagement: number;
  /** Gained within the last 10 minutes. */
  readonly gain: number;
  /** What a post here usually gains in 10 minutes. */
  readonly usualGain: number;
  readonly sentence: string;
}

/**
 * Watches single posts: one repeated post can be a crisis before the volume is. A post goes viral when between two
 * sightings it gains engagement unusually fast; a mention that reposts it counts as a gain of one. Engagement that
 * a post already has when first seen is no velocity: nobody knows how long it took.
 */
export interface ViralMonitor {
  /** Gives the post at the sighting where it goes viral, once per post. History only teaches what is usual. */
  observe(
    mention: Pick<Mention, 'id' | 'observedAt' | 'recordedAt' | 'engagement' | 'repostOf'>,
    as: 'live' | 'history',
  ): ViralPost | null;
}

interface WatchedPost {
  readonly firstRecordedAt: Instant;
  /** Engagement as reported, or reposts counted by us where that is more; oldest first, within the velocity window. */
  readonly sightings: { readonly at: Instant; readonly engagement: number }[];
  reposts: number;
  reported: number;
  hasGoneViral: boolean;
  mostGained: number;
}

export function createViralMonitor(config: Partial<ViralConfig> = {}): ViralMonitor {
  const { leastGain, timesUsual } = { leastGain: 200, timesUsual: 8, ...config };
  const postsById = new Map<string, WatchedPost>();
  let usualGain = 0;

  function observe(mention: Parameters<ViralMonitor['observe']>[0], as: 'live' | 'history'): ViralPost | null {
    const at = mention.observedAt < mention.recordedAt ? mention.observedAt : mention.recordedAt;
    forgetOld(at);
    const original = mention.repostOf === null ? undefined : postsById.get(mention.repostOf);
    const reposted =
      mention.repostOf !== null && original !== undefined && !postsById.has(mention.id)
        ? sight(mention.repostOf, original, { at, reposts: 1, reported: 0 }, mention.recordedAt, as)
        : null;

    const known = postsById.get(mention.id);
    if (known === undefined) {
      postsById.set(mention.id, {
        firstRecordedAt: mention.recordedAt,
        sightings: [{ at, engagement: mention.engagement ?? 0 }],
        reposts: 0,
        reported: mention.engagement ?? 0,
        hasGoneViral: false,
        mostGained: 0,
      });
      return reposted;
    }
    if (mention.engagement === null) return reposted;
    return (
      sight(mention.id, known, { at, reposts: 0, reported: mention.engagement }, mention.recordedAt, as) ?? reposted
    );
  }

  function sight(
    id: string,
    post: WatchedPost,
    seen: { readonly at: Instant; readonly reposts: number; readonly reported: number },
    recordedAt: Instant,
    as: 'live' | 'history',
  ): ViralPost | null {
    post.reposts += seen.reposts;
    post.reported = Math.max(post.reported, seen.reported);
    // Reposts may be part of the reported figure: adding both would count them twice.
    const first = post.sightings[0]?.engagement ?? 0;
    const engagement = Math.max(post.reported, first + post.reposts);
    while (post.sightings.length > 1 && (post.sightings[0]?.at ?? 0) < seen.at - VELOCITY_MS) post.sightings.shift();
    const gain = Math.max(0, engagement - (post.sightings[0]?.engagement ?? engagement));
    post.sightings.push({ at: seen.at, engagement });
    if (post.sightings.length > 64) post.sightings.splice(1, 1);
    postsById.delete(id);
    postsById.set(id, post); // the least recently seen stay in front, where they are forgotten first

    const isViral = gain >= leastGain && gain >= timesUsual * usualGain;
    post.mostGained = Math.max(post.mostGained, gain);
    if (!isViral || post.hasGoneViral || as === 'history') return null;
    post.hasGoneViral = true;
    return {
      mentionId: id,
      at: recordedAt,
      abnormalSince: post.firstRecordedAt,
      engagement,
      gain,
      usualGain,
      sentence:
        `One post is going viral: ${Math.round(gain)} likes, reposts and replies within 10 minutes, ` +
        `${Math.round(engagement)} in all, where a post here usually gains ${Math.round(usualGain)}.`,
    };
  }

  function forgetOld(now: Instant): void {
    for (const [id, post] of postsById) {
      const last = post.sightings.at(-1)?.at ?? 0;
      if (last > now - WATCHED_MS && postsById.size < MOST_WATCHED) break;
      postsById.delete(id);
      // Only a post that is over teaches: while it grows it must not raise the bar it is judged by.
      if (!post.hasGoneViral) usualGain += (post.mostGained - usualGain) * LEARNS;
    }
  }

  return { observe };
}
