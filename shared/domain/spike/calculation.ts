import { z } from 'zod';
import { stabilised } from './counts.ts';

/**
 * What a spike was judged by: everything it takes to compute its rarity again, years later and by a stranger. Kept in
 * the log with the spike.
 */
export const SpikeCalculation = z.strictObject({
  method: z.literal('firebreak-spike-1'),
  /** What was unusual: how many mentions, how many of them negative, or how many people their authors reach. */
  quantity: z.enum(['volume', 'negative', 'reach']),
  windowMs: z.int().positive(),
  observed: z.number().nonnegative(),
  expected: z.number().nonnegative(),
  /** Relative variance of the rate, for `volume`: see `counts.ts`. Else 0. */
  wavering: z.number().nonnegative(),
  /** How far it lies above what is expected, on a scale where it spreads by about one. */
  deviation: z.number(),
  /** The exponential tail of the block maxima: see `peak-calibration.ts`. */
  tail: z.strictObject({
    blockDays: z.number().positive(),
    from: z.number(),
    scale: z.number().positive(),
    share: z.number().positive().max(1),
  }),
  /** log10 of the days between two such deviations. */
  rarity: z.number(),
  /** What `rarity` had to reach. */
  threshold: z.number(),
});
export type SpikeCalculation = z.infer<typeof SpikeCalculation>;

export type PeakTail = SpikeCalculation['tail'];

/** log10 of the days between two deviations at least this high, by this tail. Not bounded above. */
export function rarityOf(deviation: number, { blockDays, from, scale, share }: PeakTail): number {
  return Math.log10(blockDays) + ((deviation - from) / scale - Math.log(share)) / Math.LN10;
}

/** The deviation that is this rare. */
export function deviationAt(rarity: number, { blockDays, from, scale, share }: PeakTail): number {
  return from + scale * ((rarity - Math.log10(blockDays)) * Math.LN10 + Math.log(share));
}

/** Computes a recorded rarity again: from the counts for `volume`, from the deviation for the others. */
export function recompute({ quantity, observed, expected, wavering, deviation, tail }: SpikeCalculation): number {
  const again = quantity === 'volume' ? stabilised(observed, wavering) - stabilised(expected, wavering) : deviation;
  return rarityOf(again, tail);
}
