import type { Sha256Hex } from '../../shared/base/ids.ts';
import type { Mention } from '../../shared/domain/mention/mention.ts';
import type { MentionPinned } from './war-room.ts';

/** A mention as it is now, as a fact of a room: the source may change or delete it. */
export function mentionPinned(mention: Mention, reason: string, capture: Sha256Hex | null): MentionPinned {
  const { watchQueryId, id, channel, author, text, url } = mention;
  const { occurredAt, observedAt, recordedAt, engagement, reach } = mention;
  return {
    type: 'MentionPinned',
    watchQueryId,
    mention: { id, channel, author, text, url, occurredAt, observedAt, recordedAt, engagement, reach },
    reason,
    capture,
  };
}
