const LONGEST_MS = 60 * 60_000;

/** The header `Retry-After` in its form of seconds (RFC 9110, 10.2.3), in ms, at most an hour; null without one. */
export function retryAfterMs(header: string | null | undefined): number | null {
  if (header === null || header === undefined || !/^\d{1,9}$/.test(header.trim())) return null;
  return Math.min(LONGEST_MS, Number(header.trim()) * 1_000);
}
