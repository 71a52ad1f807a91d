import type { Mention } from '../../shared/domain/mention/mention.ts';
import type { MentionSink } from '../commands/ports.ts';
import type { FeedMeter } from './feed-meter.ts';

/** How long a feed waits before it brings again what could not be stored. */
export const BRING_AGAIN_MS = 1_000;

/**
 * Gives mentions to whoever keeps them. False when they were not taken: the sink's owner has said why, and the feed
 * has to bring the same ones again.
 */
export function handOver(
  sink: MentionSink,
  mentions: readonly Mention[],
  as: 'live' | 'history',
  meter: FeedMeter,
): boolean {
  if (mentions.length === 0) return true;
  try {
    meter.delivered(sink(mentions, as), mentions.at(-1)?.observedAt ?? null);
    return true;
  } catch {
    meter.notStored();
    return false;
  }
}
