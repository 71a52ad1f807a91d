import type { FeedId, Instant } from '../../shared/base/ids.ts';
import type { Clock, FeedStatus } from '../commands/ports.ts';

/** A feed that is live and brings nothing for this long is shown as silent: silence is not calm. */
const SILENT_AFTER_MS = 3 * 60_000;

const NOT_STORED = 'What it brings cannot be stored. It is brought again every second, and nothing is lost.';

/** Counts what a feed delivers and says honestly how it is. */
export interface FeedMeter {
  delivered(accepted: number, lastMentionAt: Instant | null): void;
  skipped(count: number): void;
  /** What it brought could not be kept: it has failed until a delivery is. */
  notStored(): void;
  /** `live` may read as `silent`; the others stay what they are. The detail goes with the state it was given with. */
  become(state: 'live' | 'failed' | 'ended' | 'history', detail?: string | null): void;
  note(detail: string | null): void;
  status(): FeedStatus;
}

/** `speed` shortens the wait of a feed that plays faster than life. */
export function createFeedMeter(
  // Taken apart: callers pass their whole options, and a status goes to pages.
  { feedId, name }: { readonly feedId: FeedId; readonly name: string },
  clock: Clock,
  speed: () => number = () => 1,
): FeedMeter {
  let state: 'live' | 'failed' | 'ended' | 'history' = 'history';
  let since = clock.now();
  let detail: string | null = null;
  let lastMentionAt: Instant | null = null;
  let lastDeliveryAt = clock.now();
  let accepted = 0;
  let skipped = 0;
  let notStoredSince: Instant | null = null;

  return {
    delivered(count, at) {
      accepted += count;
      notStoredSince = null;
      lastDeliveryAt = clock.now();
      if (at !== null && (lastMentionAt === null || at > lastMentionAt)) lastMentionAt = at;
    },
    skipped(count) {
      skipped += count;
    },
    notStored() {
      notStoredSince ??= clock.now();
    },
    become(next, text = null) {
      if (next !== state) {
        state = next;
        since = clock.now();
        lastDeliveryAt = clock.now();
      }
      detail = text;
    },
    note(text) {
      detail = text;
    },
    status() {
      const wait = SILENT_AFTER_MS / speed();
      const isSilent = state === 'live' && clock.now() - lastDeliveryAt >= wait;
      const counts = { feedId, name, lastMentionAt, accepted, skipped };
      if (notStoredSince !== null && state !== 'ended')
        return { ...counts, state: 'failed', since: notStoredSince, detail: NOT_STORED };
      if (!isSilent) return { ...counts, state, since, detail };
      return {
        ...counts,
        state: 'silent',
        since: lastDeliveryAt,
        detail: detail ?? 'No mention for a while. The feed may be down.',
      };
    },
  };
}
