import type { Database } from 'better-sqlite3';
import { instant, type Instant, type WatchQueryId } from '../../../shared/base/ids.ts';
import type { Mention } from '../../../shared/domain/mention/mention.ts';
import type { Names } from './names.ts';
import { createTally, PACKED, PACKED_LIMITS, ROWS, type TallyRow } from './mention-tally.ts';
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
  /** Followers that one author counts for at most, a whole number. */
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

export function createMentionBuckets(
  db: Database,
  { queries, channels }: { readonly queries: Names; readonly channels: Names },
): MentionBuckets {
  // A step at a time: each is a stretch of the index. Counting here saves SQLite from sorting all of it by author.
  type Stretch = [cap: number, query: number, from: number, to: number];
  const inStretch = 'FROM mention WHERE query = ? AND n >= ? AND n < ?';
  const selectPacked = db.prepare<Stretch, number>(`SELECT ${PACKED} ${inStretch}`).pluck();
  const selectRows = db.prepare<Stretch, TallyRow>(`SELECT ${ROWS} ${inStretch}`).raw();
  const selectLastAuthor = db.prepare<[], number>('SELECT coalesce(max(number), 0) FROM author').pluck();
  const remembered = new Map<string, Series>();

  function seriesOf({ watchQueryId, stepMs, reachCap }: BucketRequest): Series {
    const key = `${watchQueryId} ${String(stepMs)} ${String(reachCap)}`;
    const series = remembered.get(key) ?? { watchQueryId, stepMs, reachCap, steps: new Map() };
    if (remembered.size >= MOST_SERIES) remembered.clear();
    remembered.set(key, series);
    return series;
  }

  function count(
    query: number,
    at: Instant,
    to: number,
    reachCap: number,
    isPacked: boolean,
  ): readonly MentionBucket[] {
    const stretch: Stretch = [reachCap, query, timeKey(at), timeKey(instant(to))];
    const tally = createTally();
    if (isPacked) for (const packed of selectPacked.all(...stretch)) tally.addPacked(packed);
    else for (const row of selectRows.all(...stretch)) tally.add(...row);
    return tally.channels().map(({ channel, ...said }) => ({ at, channel: channels.nameOf(channel), ...said }));
  }

  function canPack(reachCap: number): boolean {
    const lastChannel = Math.max(0, ...channels.numbers());
    const lastAuthor = selectLastAuthor.get() ?? 0;
    return (
      reachCap <= PACKED_LIMITS.reach && lastChannel <= PACKED_LIMITS.channel && lastAuthor <= PACKED_LIMITS.author
    );
  }

  return {
    read(request) {
      const { watchQueryId, from, to, stepMs, reachCap } = request;
      const query = queries.find(watchQueryId);
      if (query === null) return [];
      const { steps } = seriesOf(request);
      const isPacked = canPack(reachCap);
      const buckets: MentionBucket[] = [];
      for (let at = from; at < to; at = instant(at + stepMs)) {
        const known = steps.get(at);
        const counted = known ?? count(query, at, Math.min(to, at + stepMs), reachCap, isPacked);
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
