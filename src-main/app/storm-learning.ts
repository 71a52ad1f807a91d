import { type FeedId, type Instant, instant } from '../../shared/base/ids.ts';
import type { Mention } from '../../shared/domain/mention/mention.ts';
import {
  createSpikeMonitor,
  type SpikeMonitor,
  type SpikeMonitorConfig,
} from '../../shared/domain/spike/spike-monitor.ts';
import { createViralMonitor, type ViralMonitor } from '../../shared/domain/spike/viral.ts';
import { LIVE_WITHIN_MS } from '../feeds/hand-over.ts';
import { replaySteps } from './replay-steps.ts';

/** How far back the monitor learns from when the host starts. */
export const LEARN_FROM_MS = 21 * 24 * 60 * 60_000;
/** Longer ago than this nothing rings any more, so that nobody asks whether it was news. */
const NEWS_WITHIN_MS = 2 * 60 * 60_000;

export interface Monitors {
  readonly spike: SpikeMonitor;
  readonly viral: ViralMonitor;
}

/** Monitors that learn the stored past, a piece at a time, while others go on watching. */
export interface StormLearning {
  /** Learns until `isTimeUp`, at least a step; gives the monitors when they know all of it. */
  goOn(isTimeUp: () => boolean): Monitors | null;
  /** What comes meanwhile: they are told it at the end, and what it opens is news. */
  observe(mentions: readonly Mention[], as: 'live' | 'history'): void;
}

export function newMonitors(config: SpikeMonitorConfig): Monitors {
  return { spike: createSpikeMonitor(config), viral: createViralMonitor() };
}

export function createStormLearning(
  pages: Iterable<readonly Mention[]>,
  config: SpikeMonitorConfig,
  now: Instant,
  /** Mentions of these came in as history, whatever their times are. */
  isImport: (feedId: FeedId) => boolean,
): StormLearning {
  const monitors = newMonitors(config);
  const steps = replaySteps(pages, now);
  const meanwhile: { readonly mentions: readonly Mention[]; readonly as: 'live' | 'history' }[] = [];
  const newsSince = instant(now - NEWS_WITHIN_MS);

  /** The store does not say so itself: by what the feeds went by when they handed it over. */
  function wasLive({ observedAt, recordedAt, feedId }: Mention): boolean {
    return observedAt > newsSince && recordedAt - observedAt < LIVE_WITHIN_MS && !isImport(feedId);
  }

  return {
    goOn(isTimeUp) {
      for (let next = steps.next(); next.done !== true; next = steps.next()) {
        const step = next.value;
        if ('look' in step) monitors.spike.assess(step.look);
        else if (step.mention.recordedAt <= now) {
          monitors.spike.observe(step.mention, wasLive(step.mention) ? 'live' : 'history');
          monitors.viral.observe(step.mention, 'history');
        }
        if (isTimeUp()) return null;
      }
      for (const { mentions, as } of meanwhile)
        for (const mention of mentions) {
          monitors.spike.observe(mention, as);
          monitors.viral.observe(mention, 'history');
        }
      return monitors;
    },
    observe: (mentions, as) => void meanwhile.push({ mentions, as }),
  };
}
