import { instant, type Instant } from '../../base/ids.ts';
import { ABNORMAL_FROM } from './learning.ts';
import type { SpikeChange } from './spike-assessment.ts';
import { LULL_MS, QUIET_MS, SAME_STORM_MS, WORSE_BY } from './spike-config.ts';

const FIVE_MINUTES_MS = 300_000;

/** What one look at the windows saw. */
export interface Sighting {
  readonly now: Instant;
  /** Of what is most unusual, whether or not it may open a spike. */
  readonly rarity: number;
  /** Of what is most unusual among that which may open one; null when nothing may. */
  readonly opensAt: number | null;
  /** What that had to reach. */
  readonly threshold: number;
  readonly fiveMinutes: number;
}

/*
 *              something that may open a spike is rarer than the threshold
 *   normal --------------------------------------------------------------> spike --+
 *      ^      (within 6 h of the last one's end it is that one: escalate)   |   ^   | escalate: 5 minutes bring three
 *      |                                                                    |   +---+ times the announced; or, after
 *      +--------------------------------------------------------------------+         half an hour of lull, over the
 *              nothing rarer than once a day for 6 hours: resolve                     threshold again
 */
type State =
  | { readonly phase: 'normal'; readonly endedAt: number; readonly abnormalSince: Instant | null }
  | {
      readonly phase: 'spike';
      readonly abnormalSince: Instant | null;
      readonly announcedAt: Instant;
      /** Most mentions of any 5 minutes that ended within 5 minutes of the announcement. */
      readonly announced: number;
      readonly quietSince: Instant | null;
    };

/** The hysteresis: opens once, escalates only when clearly worse, ends after quiet. Runs on the mentions' own time. */
export function createSpikeState() {
  let state: State = { phase: 'normal', endedAt: -Infinity, abnormalSince: null };
  let steppedAt = -Infinity;

  function step(sighting: Sighting, abnormalSince: Instant | null): SpikeChange | null {
    const { now, rarity, opensAt, threshold, fiveMinutes } = sighting;
    // Of what nobody watched for that long nobody can say that it went on.
    if (state.phase === 'spike' && now - steppedAt >= QUIET_MS)
      state = { phase: 'normal', endedAt: steppedAt, abnormalSince: state.abnormalSince };
    steppedAt = now;
    if (state.phase === 'spike' && state.abnormalSince === null && abnormalSince !== null)
      state = { ...state, abnormalSince };
    if (state.phase === 'normal') {
      if (opensAt === null || opensAt < threshold) return null;
      const isSame = now - state.endedAt <= SAME_STORM_MS;
      const since = isSame ? (state.abnormalSince ?? abnormalSince) : abnormalSince;
      state = announced(since, now, fiveMinutes);
      return isSame ? 'escalate' : 'open';
    }
    const lulled = state.quietSince !== null && now - state.quietSince >= LULL_MS;
    const isOver = opensAt !== null && opensAt >= threshold;
    if (lulled && isOver) {
      state = announced(state.abnormalSince, now, fiveMinutes);
      return 'escalate';
    }
    // A look across the line that opens nothing does not end a lull.
    const quietSince = rarity > ABNORMAL_FROM && !lulled ? null : (state.quietSince ?? now);
    if (quietSince !== null && now - quietSince >= QUIET_MS) {
      state = { phase: 'normal', endedAt: now, abnormalSince: state.abnormalSince };
      return 'resolve';
    }
    // An outbreak always grows at first: what its first five minutes bring is part of what was announced.
    if (now - state.announcedAt <= FIVE_MINUTES_MS) {
      const most = Math.max(state.announced, fiveMinutes);
      state = { ...state, quietSince, announced: most };
      return null;
    }
    if (!isOver || fiveMinutes < WORSE_BY * state.announced) {
      state = { ...state, quietSince };
      return null;
    }
    state = announced(state.abnormalSince, now, fiveMinutes);
    return 'escalate';
  }

  return {
    step,
    /** So much time passed of which nobody knows: no part of a quiet. */
    skip(ms: number): void {
      if (state.phase !== 'spike' || state.quietSince === null) return;
      state = { ...state, quietSince: instant(state.quietSince + ms) };
    },
    isOn: () => state.phase === 'spike',
    /** On, and nothing was unusual for half an hour. */
    isLulled: (now: Instant) =>
      state.phase === 'spike' && state.quietSince !== null && now - state.quietSince >= LULL_MS,
    /** Of the spike that is on, or that ended last. */
    abnormalSince: () => state.abnormalSince,
  };
}

function announced(abnormalSince: Instant | null, now: Instant, fiveMinutes: number): State {
  return { phase: 'spike', abnormalSince, announcedAt: now, announced: fiveMinutes, quietSince: null };
}
