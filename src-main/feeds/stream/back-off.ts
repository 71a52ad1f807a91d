/** Never sooner than this after a connection was lost. */
const LEAST_WAIT_MS = 1_000;
/** Never later, however often it failed: a crisis may begin while the source is coming back. */
const LONGEST_WAIT_MS = 2 * 60_000;

/**
 * How long to wait before attempt `failures` + 1: anywhere between one second and a ceiling that doubles from 2 s to
 * 2 min, so that many clients that lost the same server do not all come back at once ("full jitter", M. Brooker,
 * "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). `random` gives 0 <= x < 1. In ms.
 */
export function backOffMs(failures: number, random: () => number): number {
  const ceiling = Math.min(LONGEST_WAIT_MS, 2 * LEAST_WAIT_MS * 2 ** Math.min(failures, 30));
  return Math.round(LEAST_WAIT_MS + random() * (ceiling - LEAST_WAIT_MS));
}

/** How long to wait before a source is asked again that refused us, and will until somebody changes something. In ms. */
export function seldomMs(random: () => number): number {
  return Math.round((LONGEST_WAIT_MS / 2) * (1 + random()));
}
