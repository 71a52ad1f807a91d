import type { Finding } from '../finding.ts';
import type { Draft } from '../draft.ts';
import { textFor } from '../revision.ts';
import type { Note } from './note.ts';

/** A channel as far as its length goes; `limit` in UTF-16 units, null is none. */
export interface MeasuredChannel {
  readonly channelId: string;
  readonly name: string;
  readonly limit: number | null;
}

/** The channels whose text would not fit: their own variant, or the master where they have none. */
export function checkChannelLengths(
  draft: Draft,
  channels: readonly MeasuredChannel[],
): readonly (Note & Pick<Finding, 'channelId'>)[] {
  return channels.flatMap(({ channelId, name, limit }) => {
    const text = textFor(draft, channelId);
    if (limit === null || text.length <= limit) return [];
    const own = Object.hasOwn(draft.variants, channelId) && draft.variants[channelId] !== '';
    const over = `${name} takes ${String(limit)} characters, this text has ${String(text.length)}: ${String(text.length - limit)} too many.`;
    const message = own ? over : `${over} Write a shorter text for ${name}.`;
    const place = own ? { from: limit, to: text.length } : { from: null, to: null };
    return [{ severity: 'blocking' as const, message, channelId, ...place, fix: null }];
  });
}
