// What numbers and times look like on the screen. Pure: the zone and the locale are arguments where they matter.

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** A duration in ms as `1:12`, `0:08`, `1:02:47`; parts of a second are cut, a minus sign is dropped. */
export function formatDuration(ms: number): string {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = twoDigits(seconds % 60);
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/**
 * A countdown in ms as the clock shows it: `02:47` before the deadline, `+00:12` after it.
 * Rounded up before and down after, so that `00:00` never stands there while there is time left and the first
 * late second reads `+00:00`: the change from one to the other is the breach itself.
 */
export function formatCountdown(remainingMs: number): string {
  const late = remainingMs <= 0;
  const seconds = late ? Math.floor(-remainingMs / 1000) : Math.ceil(remainingMs / 1000);
  const hours = Math.floor(seconds / 3600);
  const short = `${twoDigits(Math.floor(seconds / 60) % 60)}:${twoDigits(seconds % 60)}`;
  return `${late ? '+' : ''}${hours > 0 ? `${hours}:` : ''}${short}`;
}

/** A duration in words for a screen reader: `2 minutes 47 seconds`. */
export function speakDuration(ms: number): string {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const parts = [
    [Math.floor(seconds / 3600), 'hour'],
    [Math.floor(seconds / 60) % 60, 'minute'],
    [seconds % 60, 'second'],
  ] as const;
  const spoken = parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`);
  return spoken.length > 0 ? spoken.join(' ') : '0 seconds';
}

/** An instant (ms since 1970) as `14:05:02` in `timeZone` (an IANA name; the machine's own when left out). */
export function formatTime(at: number, timeZone?: string): string {
  return clockFormat('second', timeZone).format(at);
}

/** An instant as `14:05`, for the axis of a chart. */
export function formatMinute(at: number, timeZone?: string): string {
  return clockFormat('minute', timeZone).format(at);
}

/** An instant as `21 Nov 2026, 14:05:02`, where the day is not today's. */
export function formatDayTime(at: number, timeZone?: string): string {
  const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone });
  return `${day.format(at)}, ${formatTime(at, timeZone)}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Building a formatter costs more than using it a thousand times; the screen asks every second. */
function clockFormat(smallest: 'minute' | 'second', timeZone: string | undefined): Intl.DateTimeFormat {
  const key = `${smallest} ${timeZone ?? ''}`;
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(smallest === 'second' && { second: '2-digit' }),
    hourCycle: 'h23',
    timeZone,
  });
  formats.set(key, made);
  return made;
}

/** Made once: making it costs a hundred times what using it does, and screens of numbers change every second. */
const withThousands = new Intl.NumberFormat('en-US');

/** A whole number with thousands apart: `9,872`. */
export function formatCount(count: number): string {
  return withThousands.format(Math.round(count));
}

/** `1 finding`, `2 findings`; `plural` where an `s` does not do. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** A share between 0 and 1 as `61%`. */
export function formatShare(share: number): string {
  return `${Math.round(share * 100)}%`;
}

/** The first ten characters of a hash, enough to compare by eye; the whole stands in the export. */
export function shortHash(hash: string): string {
  return hash.length > 10 ? `${hash.slice(0, 10)}…` : hash;
}
