/*
 * Keeps these:
 * 1. A signature that was taken is refused for as long as its timestamp could be accepted.
 * 2. No more than a thousand are remembered, and no replay gets through for that: what is older than the oldest that had
 *    to be forgotten is refused, whether it was seen or not, and its sender signs it anew.
 */
import { z } from 'zod';
import { instant, Instant } from '../../../shared/base/ids.ts';
import { type Signed, WINDOW_MS } from './signature.ts';

const MOST = 1_000;
/** Of 64 hexadecimal digits: only a right signature is ever looked up, and those differ in their first 64 bits. */
const DIGITS_KEPT = 16;

/** Plain JSON, newest last. */
export const SeenSignatures = z.object({
  seen: z.array(z.tuple([z.string(), Instant])).max(MOST),
  /** Everything signed at or before this counts as seen. */
  forgottenTo: Instant,
});
export type SeenSignatures = z.infer<typeof SeenSignatures>;

export const NOTHING_SEEN: SeenSignatures = { seen: [], forgottenTo: instant(0) };

/** `too-old`: perhaps it was seen. */
export function whetherSeen(memory: SeenSignatures, { signature, at }: Signed): 'new' | 'seen' | 'too-old' {
  if (memory.seen.some(([digits]) => signature.startsWith(digits))) return 'seen';
  return at <= memory.forgottenTo ? 'too-old' : 'new';
}

export function withSeen(memory: SeenSignatures, { signature, at }: Signed, now: Instant): SeenSignatures {
  const possible = memory.seen.filter(([, seenAt]) => now - seenAt <= WINDOW_MS);
  const seen: SeenSignatures['seen'] = [...possible, [signature.slice(0, DIGITS_KEPT), at]];
  if (seen.length <= MOST) return { ...memory, seen };
  const sorted = seen.toSorted(([, a], [, b]) => a - b);
  const forgottenTo = sorted[sorted.length - MOST - 1]?.[1] ?? memory.forgottenTo;
  return { seen: sorted.slice(-MOST), forgottenTo };
}
