const LEAST_WAIT_MS = 500;
/** Colleagues who come back from a tunnel want to be there soon, and it is their own relay that they ask. */
const LONGEST_WAIT_MS = 30_000;

/**
 * How long to wait before attempt `failures` + 1, in ms: anywhere up to a ceiling that doubles from 1 s to 30 s ("full
 * jitter", M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). `random` gives 0 <= x < 1.
 */
export function backOffMs(failures: number, random: () => number): number {
  const ceiling = Math.min(LONGEST_WAIT_MS, 2 * LEAST_WAIT_MS * 2 ** Math.min(failures, 30));
  return Math.round(LEAST_WAIT_MS + random() * (ceiling - LEAST_WAIT_MS));
}

const SELDOM_MS = 5 * 60_000;

/** Before a host is asked again that refused us, and will until somebody changes something. */
export function seldomMs(random: () => number): number {
  return Math.round((SELDOM_MS / 2) * (1 + random()));
}
