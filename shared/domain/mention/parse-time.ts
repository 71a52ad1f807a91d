import { instant, type Instant } from '../../base/ids.ts';

/** Below this an epoch number counts seconds (until the year 5138), from it on milliseconds (since March 1973). */
const FIRST_MILLISECONDS = 100_000_000_000;
const LAST_INSTANT = 8_640_000_000_000_000;

const PLAIN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/;
const ISO_8601 = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/**
 * Reads a time of a mention file: ISO 8601 (a date, or date and time; UTC when it names no offset, whatever the
 * machine's zone is), or epoch seconds or milliseconds as a number or as digits. Null when it is none of these.
 */
export function parseTime(value: string | number): Instant | null {
  if (typeof value === 'number') return fromEpoch(value);
  // As nearly every source writes it, and the only spelling for which one look is enough.
  if (PLAIN.test(value)) return fromIso(value);
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return fromEpoch(Number(text));
  const match = ISO_8601.exec(text);
  if (!match) return null;
  const [, date, clock = '00:00', zone = 'Z'] = match;
  const offset = /^z$/i.test(zone) ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
  const withSeconds = clock.length === 5 ? `${clock}:00` : clock.replace(',', '.');
  // More than three decimals are cut: engines differ in what they do with them.
  return fromIso(`${date}T${withSeconds.slice(0, 12)}${offset}`);
}

function fromIso(text: string): Instant | null {
  const at = Date.parse(text);
  return Number.isFinite(at) && at >= 0 ? instant(at) : null;
}

function fromEpoch(epoch: number): Instant | null {
  if (!Number.isFinite(epoch) || epoch < 0) return null;
  const ms = epoch < FIRST_MILLISECONDS ? epoch * 1000 : epoch;
  return ms <= LAST_INSTANT ? instant(ms) : null;
}
