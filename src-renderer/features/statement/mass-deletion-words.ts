import { formatCount, formatTime } from '../../../shared/base/format.ts';
import { visibleName } from '../../../shared/base/untrusted-text.ts';
import type { MassDeletionNotice } from '../../../shared/protocol/views.ts';

/** `Ada Lindt deleted 1,240 of 1,300 characters at 14:02:31.` `name` is the person's as it is stored. */
export function massDeletionWords(
  { deleted, held, at }: Pick<MassDeletionNotice, 'deleted' | 'held' | 'at'>,
  name: string,
  timeZone?: string,
): string {
  const who = visibleName(name, 40);
  return `${who} deleted ${formatCount(deleted)} of ${formatCount(held)} characters at ${formatTime(at, timeZone)}.`;
}
