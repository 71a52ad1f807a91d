import type { Instant } from '../../base/ids.ts';
import type { SpikeMoment } from './spike-assessment.ts';
import { SOUND_WITHIN_MS } from './spike-config.ts';

/** Changes kept for the chart. */
const MOMENTS_KEPT = 500;

/** What opened, escalated and resolved, and how much of it was told already. */
export interface SpikeMoments {
  record(moment: SpikeMoment): void;
  /**
   * Of the changes since the last telling the one to tell now, `isHistory` when it calls nobody any more: the first
   * that still calls people, else the latest. A spike that is on again is not told to be over.
   */
  tell(now: Instant, isOn: boolean): SpikeMoment | null;
  /** The latest 500. */
  all(): readonly SpikeMoment[];
}

export function createSpikeMoments(): SpikeMoments {
  const moments: SpikeMoment[] = [];
  let told = 0;
  return {
    record(moment) {
      moments.push(moment);
      if (moments.length <= MOMENTS_KEPT) return;
      moments.shift();
      told = Math.max(0, told - 1);
    },
    tell(now, isOn) {
      const untold = moments.slice(told).map((moment) => toldAt(now, moment));
      told = moments.length;
      const latest = untold.findLast(({ change }) => change !== 'resolve' || !isOn);
      if (latest === undefined) return null;
      return untold.find(({ change, isHistory }) => change !== 'resolve' && !isHistory) ?? latest;
    },
    all: () => moments,
  };
}

function toldAt(now: Instant, moment: SpikeMoment): SpikeMoment {
  return now - moment.at > SOUND_WITHIN_MS ? { ...moment, isHistory: true } : moment;
}
