import { type Instant, instant } from '../../shared/base/ids.ts';
import type { Sensitivity } from '../../shared/domain/spike/sensitivity.ts';
import { expectedPeakAt, type WatchQuery, type WorkspaceState } from '../../shared/domain/workspace/workspace.ts';
import type { DialPreview } from '../../shared/protocol/views.ts';
import type { MentionStore } from '../store/mention-store.ts';
import type { Coverage } from './coverage.ts';
import { replayAlarms } from './replay-alarms.ts';
import { LEARN_FROM_MS } from './storm-learning.ts';

const DAY_MS = 24 * 60 * 60_000;
const SHOWN_DAYS = 14;
const KEPT_MS = 60_000;

/** What the dial would have done over the last two weeks: one is computed at a time, and kept for a minute. */
export function createDialPreviews(deps: {
  readonly store: Pick<MentionStore, 'pages'>;
  state(): WorkspaceState;
  readonly coverage: Pick<Coverage, 'isCovered'>;
  now(): Instant;
}) {
  const kept = new Map<string, { readonly at: Instant; readonly preview: Promise<DialPreview> }>();
  let last: Promise<unknown> = Promise.resolve();

  async function compute({ watchQueryId }: WatchQuery, sensitivity: Sensitivity): Promise<DialPreview> {
    const now = deps.now();
    const pages = deps.store.pages(watchQueryId, instant(now - LEARN_FROM_MS));
    const config = {
      sensitivity,
      isCovered: (at: Instant) => deps.coverage.isCovered(watchQueryId, at),
      isExpected: (at: Instant) => expectedPeakAt(deps.state(), watchQueryId, at) !== null,
    };
    const { moments, firstAt } = await replayAlarms(pages, config, now);
    const alarms = moments
      .filter(({ at, change }) => change === 'open' && at >= now - SHOWN_DAYS * DAY_MS)
      .map(({ at, explanation }) => ({ at, sentence: explanation.sentence }));
    const knownDays = firstAt === null ? 0 : Math.max(1, Math.round((now - firstAt) / DAY_MS));
    return { sensitivity, days: Math.min(SHOWN_DAYS, knownDays), alarms };
  }

  return (query: WatchQuery, sensitivity: Sensitivity): Promise<DialPreview> => {
    const now = deps.now();
    const key = `${query.watchQueryId} ${sensitivity}`;
    const known = kept.get(key);
    if (known && now - known.at < KEPT_MS) return known.preview;
    for (const [other, { at }] of kept) if (now - at >= KEPT_MS) kept.delete(other);
    const preview = last.then(() => compute(query, sensitivity));
    // One that failed is not kept, and does not stop those that wait behind it.
    last = preview.catch(() => kept.delete(key));
    kept.set(key, { at: now, preview });
    return preview;
  };
}
