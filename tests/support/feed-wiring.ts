import { FeedId, instant } from '../../shared/base/ids.ts';
import type { FeedDeps } from '../../src-main/commands/ports.ts';
import { createRandom } from './mention-fixtures.ts';

const SECOND_MS = 1_000;

export const COMMON = {
  feedId: FeedId.parse('feed-under-test'),
  name: 'under test',
  watchQueryId: null,
  paused: false,
} as const;

/**
 * Real time for feeds on a real wire, with every wait before another attempt cut to ten milliseconds: a test that
 * disconnects a hundred times is about what is kept, not about the waiting.
 */
export function hurriedDeps(cursor: unknown = null, seed = 1): FeedDeps {
  const random = createRandom(seed);
  return {
    clock: { now: () => instant(Date.now()) },
    schedule(delayMs, act) {
      const timer = setTimeout(act, delayMs >= SECOND_MS ? Math.min(delayMs, isLook(delayMs) ? delayMs : 10) : delayMs);
      return () => clearTimeout(timer);
    },
    random: () => random() / 100,
    cursor,
  };
}

/** The watchdog's own beat stays as it is. */
function isLook(delayMs: number): boolean {
  return delayMs === 15 * SECOND_MS;
}
