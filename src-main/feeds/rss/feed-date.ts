import { instant, type Instant } from '../../../shared/base/ids.ts';
import { parseTime } from '../../../shared/domain/mention/parse-time.ts';

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

/** Minutes east of Greenwich: the zones of RFC 822, and those that feeds name beside them and mean one thing by. */
const ZONES: Readonly<Record<string, number>> = {
  ...{ gmt: 0, ut: 0, utc: 0, z: 0, wet: 0, cet: 60, cest: 120, bst: 60, eet: 120, eest: 180, msk: 180, jst: 540 },
  ...{ est: -300, edt: -240, cst: -360, cdt: -300, mst: -420, mdt: -360, pst: -480, pdt: -420 },
};

const RFC_822 =
  /^(?:[a-z]{2,9},?\s+)?(\d{1,2})[\s-]+([a-z]{3})[a-z]{0,6}[\s-]+(\d{4}|\d{2})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([+-]\d{2}:?\d{2}|[a-z]{1,4})?$/i;

/**
 * Reads the date of an item: RFC 822 as RSS writes it (section 5, with the years of RFC 2822), or ISO 8601 as the others
 * do. Without a zone it is UTC, whatever the machine's is. Null when it is neither, or names a zone that we do not know:
 * hours off would be worse than none.
 */
export function parseFeedDate(text: string): Instant | null {
  const trimmed = text.trim();
  const match = RFC_822.exec(trimmed);
  if (match === null) return parseTime(trimmed);
  const [, day = '', monthName = '', yearText = '', hour = '', minute = '', second = '0', zone = 'utc'] = match;
  const month = MONTHS.indexOf(monthName.toLowerCase());
  const offset = offsetOf(zone.toLowerCase());
  if (month < 0 || offset === null) return null;
  const year = yearText.length === 4 ? Number(yearText) : Number(yearText) + (Number(yearText) < 50 ? 2000 : 1900);
  const at = Date.UTC(year, month, Number(day), Number(hour), Number(minute), Number(second));
  const isOnClock = Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60;
  const isOnCalendar = new Date(Date.UTC(year, month, Number(day))).getUTCDate() === Number(day);
  return isOnClock && isOnCalendar && at >= 0 ? instant(at - offset * 60_000) : null;
}

function offsetOf(zone: string): number | null {
  if (!/^[+-]/.test(zone)) return Object.hasOwn(ZONES, zone) ? (ZONES[zone] ?? null) : null;
  const digits = zone.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return zone.startsWith('-') ? -minutes : minutes;
}
