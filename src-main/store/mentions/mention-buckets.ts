import type { Database } from 'better-sqlite3';
import { instant, type Instant, type WatchQueryId } from '../../../shared/base/ids.ts';
import { NEGATIVE_AT_MOST, type Mention } from '../../../shared/domain/mention/mention.ts';
import type { Names } from './names.ts';
import { timeKey } from './time-key.ts';

/** What was said of one watch query on one channel in one step of time; a step without any is left out. */
export interface MentionBucket {
  /** Where the step begins. */
  readonly at: Instant;
  readonly channel: string;
  readonly count: number;
  readonly negative: number;
  /** Those of known sentiment: what `negative` is a share of. */
  readonly withSentiment: number;
  /** Followers of the different authors together, each counted once and up to the cap; null when none is known. */
  readonly reach: number | null;
}

/** Steps that begin at a whole multiple of `stepMs` are remembered, so that asking again every second costs nothing. */
export interface BucketRequest {
  readonly watchQueryId: WatchQueryId;
  readonly from: Instant;
  /** Not part of it. */
  readonly to: Instant;
  readonly stepMs: number;
  /** Followers that one author counts for at most. */
  readonly reachCap: number;
}

export interface MentionBuckets {
  read(request: BucketRequest): readonly MentionBucket[];
  /** These mentions are new: their steps are counted anew when somebody asks. */
  changed(mentions: readonly Pick<Mention, 'watchQueryId' | 'observedAt'>[]): void;
  /** Mentions were taken out or matched anew: those seen up to this moment, or nobody knows which. */
  forget(upTo?: Instant): void;
}

/** One watch query counted in steps of one length, by the beginning of the step. */
interface Series {
  readonly watchQueryId: WatchQueryId;
  readonly stepMs: number;
  readonly reachCap: number;
  readonly steps: Map<number, readonly MentionBucket[]>;
}

/** Three weeks of minutes are not remembered: whoever counts those does it once. */
const MOST_STEPS = 3000;
const MOST_SERIES = 200;

/** What is plain about a mention in one number: its channel's, whether it is negative, judged otherwise or not, and reach. */
const CODES = 8;
const JUDGED = 1;
const NEGATIVE = 2;
const REACHING = 4;

export function createMentionBuckets(
  db: Database,
  { queries, channels }: { readonly queries: Names; readonly channels: Names },
): MentionBuckets {
  // A step at a time: each is a stretch of the index. Counting here saves SQLite from sorting all of it by channel.
  const selectCodes = db
    .prepare<[number, number, number], number>(
      `SELECT channel * ${String(CODES)} + CASE WHEN sentiment IS NULL THEN 0
         WHEN sentiment <= ${String(NEGATIVE_AT_MOST)} THEN ${String(NEGATIVE)} ELSE ${String(JUDGED)} END
         + CASE WHEN reach IS NULL THEN 0 ELSE ${String(REACHING)} END
       FROM mention WHERE query = ? AND n >= ? AND n < ?`,
    )
    .pluck();
  const selectReach = db
    .prepare<[cap: number, query: number, from: number, to: number], [channel: number, reach: number]>(
      `SELECT channel, sum(min(reach, ?)) FROM (
         SELECT channel, max(reach) AS reach FROM mention
         WHERE query = ? AND n >= ? AND n < ? AND reach IS NOT NULL GROUP BY channel, coalesce(author, -n)
       ) GROUP BY channel`,
    )
    .raw();
  const remembered = new Map<string, Series>();

  function seriesOf({ watchQueryId, stepMs, reachCap }: BucketRequest): Series {
    const key = `${watchQueryId} ${String(stepMs)} ${String(reachCap)}`;
    const series = remembered.get(key) ?? { watchQueryId, stepMs, reachCap, steps: new Map() };
    if (remembered.size >= MOST_SERIES) remembered.clear();
    remembered.set(key, series);
    return series;
  }

  function count(query: number, at: Instant, to: number, reachCap: number): readonly MentionBucket[] {
    const keys = [query, timeKey(at), timeKey(instant(to))] as const;
    const counts: number[] = [];
    for (const code of selectCodes.all(...keys)) counts[code] = (counts[code] ?? 0) + 1;
    if (counts.length === 0) return [];
    const codes = Object.keys(counts).map(Number);
    const found = new Set(codes.map((code) => Math.floor(code / CODES)));
    const isReaching = codes.some((code) => code % CODES >= REACHING);
    const reachByChannel = new Map(isReaching ? selectReach.all(reachCap, ...keys) : []);
    return [...found].map((channel) => {
      const of = (kind: number): number =>
        (counts[channel * CODES + kind] ?? 0) + (counts[channel * CODES + kind + REACHING] ?? 0);
      const withSentiment = of(JUDGED) + of(NEGATIVE);
      return {
        at,
        channel: channels.nameOf(channel),
        count: of(0) + withSentiment,
        negative: of(NEGATIVE),
        withSentiment,
        reach: reachByChannel.get(channel) ?? null,
      };
    });
  }

  return {
    read(request) {
      const { watchQueryId, from, to, stepMs, reachCap } = request;
      const query = queries.find(watchQueryId);
      if (query === null) return [];
      const { steps } = seriesOf(request);
      const buckets: MentionBucket[] = [];
      for (let at = from; at < to; at = instant(at + stepMs)) {
        const known = steps.get(at);
        const counted = known ?? count(query, at, Math.min(to, at + stepMs), reachCap);
        buckets.push(...counted);
        if (known || at % stepMs !== 0 || at + stepMs > to) continue;
        if (steps.size >= MOST_STEPS) for (const oldest of steps.keys()) if (steps.delete(oldest)) break;
        steps.set(at, counted);
      }
      return buckets;
    },
    changed(mentions) {
      for (const { watchQueryId, stepMs, steps } of remembered.values())
        for (const mention of mentions)
          if (mention.watchQueryId === watchQueryId) steps.delete(Math.floor(mention.observedAt / stepMs) * stepMs);
    },
    forget(upTo) {
      if (upTo === undefined) remembered.clear();
      else for (const { steps } of remembered.values()) for (const at of steps.keys()) if (at <= upTo) steps.delete(at);
    },
  };
}
