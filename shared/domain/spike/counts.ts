/**
 * How much the rate of mentions wavers by itself, as the square of its relative standard deviation: counts are
 * negative-binomial with variance mean + WAVERING * mean². Real brand series lie on both sides of it; what is left
 * over, the calibration of the peaks takes up.
 */
export const WAVERING = 0.1;

/**
 * A count on a scale where it spreads by about one, however large it is: the root for few, the logarithm for many
 * (Anscombe 1948, eq. 4.3, for negative-binomial counts).
 */
export function stabilised(count: number, wavering: number): number {
  return (2 / Math.sqrt(wavering)) * Math.asinh(Math.sqrt(wavering * (Math.max(0, count) + 3 / 8)));
}

/** The count that `stabilised` puts there; never below 0. */
export function countAt(level: number, wavering: number): number {
  return Math.max(0, Math.sinh((Math.max(0, level) * Math.sqrt(wavering)) / 2) ** 2 / wavering - 3 / 8);
}

/** The counts within `deviations` of what is expected, on that scale. */
export function normalBand(
  expected: number,
  wavering: number,
  deviations: number,
): { readonly lower: number; readonly upper: number } {
  const middle = stabilised(expected, wavering);
  return { lower: countAt(middle - deviations, wavering), upper: countAt(middle + deviations, wavering) };
}
