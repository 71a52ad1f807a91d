import { instant, type Instant } from '../../shared/base/ids.ts';

/** What a `datetime-local` field says, in the zone of this machine; null where it says nothing that is a time. */
export function readLocalTime(text: string): Instant | null {
  const at = text === '' ? NaN : new Date(text).getTime();
  return Number.isNaN(at) ? null : instant(at);
}

/** An instant as a `datetime-local` field holds it, to the minute. */
export function localTimeText(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return (
    `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}` +
    `T${two(date.getHours())}:${two(date.getMinutes())}`
  );
}
