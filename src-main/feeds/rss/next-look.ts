import type { Instant } from '../../../shared/base/ids.ts';
import type { FeedDocument } from './feed-document.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LONGEST_WAIT_MS = 24 * HOUR_MS;
/** A feed that cannot be read is tried this often at least: a crisis may begin while its server is coming back. */
const LONGEST_BACK_OFF_MS = HOUR_MS;
/** So that many feeds of one server are not all looked at in the same second. */
const JITTER = 0.1;

/** What a feed asks of whoever reads it. */
export type Manners = Pick<FeedDocument, 'ttlMinutes' | 'skipHours'>;

/** How long apart two looks are: what a person set, or what the feed asks for where that is longer. At most a day. */
export function intervalMs(everyMinutes: number, manners: Manners | null): number {
  return Math.min(LONGEST_WAIT_MS, Math.max(everyMinutes, manners?.ttlMinutes ?? 0) * MINUTE_MS);
}

/**
 * How long to wait after an answer, in ms: the interval, up to a tenth more, and then on until an hour begins that the
 * feed does not ask to be skipped (RSS 2.0, "skipHours"). A feed that asks to skip them all is not heeded.
 */
export function waitAfterAnswerMs(
  now: Instant,
  everyMinutes: number,
  manners: Manners | null,
  random: () => number,
): number {
  const wait = Math.round(intervalMs(everyMinutes, manners) * (1 + JITTER * random()));
  const skipped = new Set(manners?.skipHours);
  if (skipped.size >= 24) return wait;
  let at: number = now + wait;
  while (skipped.has(new Date(at).getUTCHours())) at = (Math.floor(at / HOUR_MS) + 1) * HOUR_MS;
  return at - now;
}

/**
 * How long to wait after failure number `failures` in a row, in ms: a minute and twice as long each time up to an hour,
 * but never less than the server asks for; between half and all of it, so that those who failed together do not come
 * back together.
 */
export function waitAfterFailureMs(failures: number, retryAfterMs: number | null, random: () => number): number {
  const ceiling = Math.min(LONGEST_BACK_OFF_MS, MINUTE_MS * 2 ** Math.min(failures - 1, 10));
  const backOff = ceiling * (0.5 + 0.5 * random());
  return Math.round(retryAfterMs === null ? backOff : Math.max(backOff, retryAfterMs * (1 + JITTER * random())));
}
