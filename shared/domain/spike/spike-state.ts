import { instant, type Instant } from '../../base/ids.ts';
import type { Expectation } from './baseline.ts';
import type { WindowCounts } from './sliding-window.ts';
import type { SpikeAssessment } from './spike-assessment.ts';
import type { SpikeConfig } from './spike-config.ts';

const FIVE_MINUTES_MS = 300_000;

export interface WindowView {
  readonly windowMs: number;
  readonly counts: WindowCounts;
  readonly expectation: Expectation;
  readonly score: number;
  readonly liveScore: number;
}

export interface Sighting {
  readonly now: Instant;
  readonly views: readonly WindowView[];
  readonly strongest: WindowView;
  readonly isWarm: boolean;
}

/*
 *            a window is at openAt with enough live mentions and authors
 *   normal ------------------------------------------------------------> spike --+
 *      ^                                                                  |  ^   | escalate: 5 minutes bring
 *      |        every window below closeAt for quietMs                    |  +---+ worseBy times the announced
 *      +------------------------------------------------------------------+
 */
type State =
  | { readonly phase: 'normal' }
  | {
      readonly phase: 'spike';
      readonly abnormalSince: Instant | null;
      readonly announcedAt: Instant;
      /** Most mentions of any 5 minutes that ended within 5 minutes of the announcement. */
      readonly announced: number;
      readonly quietSince: Instant | null;
    };

export interface SpikeStep {
  readonly isOn: boolean;
  readonly change: SpikeAssessment['change'];
  readonly abnormalSince: Instant | null;
  readonly heldBack: string | null;
}

/** The hysteresis: opens once, escalates only when clearly worse, resolves after quiet. */
export function createSpikeState(config: SpikeConfig) {
  let state: State = { phase: 'normal' };
  let ongoing = config.ongoing;

  function step(sighting: Sighting, firstAbnormal: (view: WindowView) => Instant | null): SpikeStep {
    const { now, views, strongest } = sighting;
    const fiveMinutes = views.find((view) => view.windowMs === FIVE_MINUTES_MS)?.counts.all ?? strongest.counts.all;
    if (ongoing !== null) {
      state = spikeSince(instant(ongoing.abnormalSince), now, fiveMinutes);
      ongoing = null;
    }
    if (state.phase === 'normal') {
      if (strongest.score < config.openAt) return calm(null);
      const alarming = views.filter((view) => whyHeldBack(view, sighting, config) === null);
      const [first] = alarming.toSorted((a, b) => b.liveScore - a.liveScore);
      if (first === undefined) return calm(whyHeldBack(strongest, sighting, config));
      state = spikeSince(firstAbnormal(first), now, fiveMinutes);
      return on('open');
    }

    const isQuiet = strongest.score < config.closeAt;
    const quietSince = isQuiet ? (state.quietSince ?? now) : null;
    if (quietSince !== null && now - quietSince >= config.quietMs) {
      const { abnormalSince } = state;
      state = { phase: 'normal' };
      return { isOn: false, change: 'resolve', abnormalSince, heldBack: null };
    }
    // An outbreak always grows at first: what its first five minutes bring is part of what was announced.
    if (now - state.announcedAt <= FIVE_MINUTES_MS) {
      state = { ...state, quietSince, announced: Math.max(state.announced, fiveMinutes) };
      return on(null);
    }
    if (fiveMinutes >= config.worseBy * Math.max(state.announced, config.leastMentions)) {
      state = { ...state, quietSince, announcedAt: now, announced: fiveMinutes };
      return on('escalate');
    }
    state = { ...state, quietSince };
    return on(null);
  }

  function on(change: SpikeAssessment['change']): SpikeStep {
    const abnormalSince = state.phase === 'spike' ? state.abnormalSince : null;
    return { isOn: true, change, abnormalSince, heldBack: null };
  }

  return { step, isOn: () => state.phase === 'spike' || ongoing !== null };
}

function spikeSince(abnormalSince: Instant | null, now: Instant, announced: number): State {
  return { phase: 'spike', abnormalSince, announcedAt: now, announced, quietSince: null };
}

function calm(heldBack: string | null): SpikeStep {
  return { isOn: false, change: null, abnormalSince: null, heldBack };
}

/** Null when this window may open a spike. */
function whyHeldBack({ counts, liveScore }: WindowView, { isWarm }: Sighting, config: SpikeConfig): string | null {
  if (liveScore < config.openAt) return 'too few of them are live, the others are history';
  if (!isWarm) return 'the monitor has only just begun to learn what is normal';
  if (counts.live < config.leastMentions) return `fewer than ${config.leastMentions} mentions`;
  if (counts.liveAuthors < config.leastAuthors) return `fewer than ${config.leastAuthors} different authors`;
  return null;
}
