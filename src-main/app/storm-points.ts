import { instant, type Instant, type WatchQueryId } from '../../shared/base/ids.ts';
import { REACH_CAP } from '../../shared/domain/mention/mention.ts';
import type { StormPoint, StormSpanHours } from '../../shared/protocol/views.ts';
import type { MentionStore } from '../store/mention-store.ts';
import type { StormWatch } from './storm-watch.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Fine enough to see the shape, coarse enough to be drawn at once. */
const STEP_MS: { readonly [Hours in StormSpanHours]: number } = {
  1: MINUTE_MS,
  6: 5 * MINUTE_MS,
  24: 15 * MINUTE_MS,
  168: HOUR_MS,
  504: 2 * HOUR_MS,
};

/** What came late corrects older steps; those are read anew this often. */
const WHOLE_AGAIN_MS = 5 * MINUTE_MS;

type Bucket = ReturnType<MentionStore['buckets']>[number];

/** What the longest chart asks the store about the day that ended `days` days ago. */
export function longestChartDay(watchQueryId: WatchQueryId, days: number, now: Instant) {
  const stepMs = STEP_MS[504];
  const to = instant((Math.floor(now / stepMs) + 1) * stepMs - days * 24 * HOUR_MS);
  return { watchQueryId, from: instant(to - 24 * HOUR_MS), to, stepMs, reachCap: REACH_CAP };
}

export function stepOf(hours: StormSpanHours): number {
  return STEP_MS[hours];
}

/**
 * The steps of a chart from the store, with the band that the monitor had. Steps that are over are read once and
 * remembered: weeks of mentions are not counted anew every second.
 */
export function createStormPoints(store: Pick<MentionStore, 'buckets'>) {
  const remembered = new Map<string, { readAt: Instant; readonly steps: Map<number, readonly Bucket[]> }>();

  function bucketsOf(watchQueryId: WatchQueryId, hours: StormSpanHours, from: Instant, to: Instant, now: Instant) {
    const stepMs = STEP_MS[hours];
    const key = `${watchQueryId} ${String(hours)}`;
    const known = remembered.get(key);
    const isFresh = known !== undefined && now - known.readAt < WHOLE_AGAIN_MS;
    const kept = isFresh ? known : { readAt: now, steps: new Map<number, readonly Bucket[]>() };
    const readFrom = isFresh ? instant(Math.max(from, to - 2 * stepMs)) : from;
    const read = store.buckets({ watchQueryId, from: readFrom, to, stepMs, reachCap: REACH_CAP });
    for (const at of kept.steps.keys()) if (at < from || at >= readFrom) kept.steps.delete(at);
    for (const [at, buckets] of Map.groupBy(read, (bucket) => bucket.at)) kept.steps.set(at, buckets);
    remembered.set(key, kept);
    return kept.steps;
  }

  return {
    forget(watchQueryId: WatchQueryId): void {
      for (const key of remembered.keys()) if (key.startsWith(`${watchQueryId} `)) remembered.delete(key);
    },
    points(
      watch: StormWatch,
      hours: StormSpanHours,
      now: Instant,
      isCovered: (at: Instant) => boolean,
    ): readonly StormPoint[] {
      const stepMs = STEP_MS[hours];
      const to = instant((Math.floor(now / stepMs) + 1) * stepMs);
      const from = instant(to - hours * HOUR_MS);
      const { watchQueryId } = watch.query;
      const steps = bucketsOf(watchQueryId, hours, from, to, now);
      const bands = new Map(watch.history(from, to, stepMs).map((point) => [point.at as number, point]));
      return Array.from({ length: (to - from) / stepMs }, (_, index) => {
        const at = instant(from + index * stepMs);
        const { expected = 0, lower = 0, upper = 0 } = bands.get(at) ?? {};
        const said = sumOf(steps.get(at) ?? []);
        return { at, ...said, expected, lower, upper, covered: said.count > 0 || isCovered(instant(at + stepMs / 2)) };
      });
    },
  };
}

function sumOf(buckets: readonly Bucket[]): Pick<StormPoint, 'count' | 'negativeShare' | 'byChannel' | 'reach'> {
  let count = 0;
  let negative = 0;
  let withSentiment = 0;
  let reach: number | null = null;
  const byChannel: Record<string, number> = {};
  for (const bucket of buckets) {
    count += bucket.count;
    negative += bucket.negative;
    withSentiment += bucket.withSentiment;
    if (bucket.reach !== null) reach = (reach ?? 0) + bucket.reach;
    byChannel[bucket.channel] = (byChannel[bucket.channel] ?? 0) + bucket.count;
  }
  return { count, negativeShare: withSentiment === 0 ? null : negative / withSentiment, byChannel, reach };
}

/** The channels of these points, the largest first. */
export function channelsOf(points: readonly StormPoint[]): readonly string[] {
  const totals = new Map<string, number>();
  for (const { byChannel } of points)
    for (const [channel, count] of Object.entries(byChannel)) totals.set(channel, (totals.get(channel) ?? 0) + count);
  return [...totals].sort(([a, more], [b, less]) => less - more || (a < b ? -1 : 1)).map(([channel]) => channel);
}
