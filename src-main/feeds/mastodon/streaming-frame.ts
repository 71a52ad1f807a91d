import { z } from 'zod';
import { parseJson } from '../../../shared/base/json.ts';
import { Status } from './mastodon-status.ts';

/** https://docs.joinmastodon.org/methods/streaming/#websocket: JSON, whose `payload` is a text of its own. */
const Envelope = z.object({ event: z.string().max(64), payload: z.string().optional() });
const Refused = z.object({ error: z.string().max(500), status: z.number().optional() });

export type StreamingFrame =
  | { readonly type: 'status'; readonly status: Status }
  | { readonly type: 'deleted' }
  /** Notifications, announcements, filters, and what comes to be one day. */
  | { readonly type: 'other' }
  | { readonly type: 'refused'; readonly status: number | null };

/** One text frame of the streaming API; null when it is none. */
export function parseStreamingFrame(text: string): StreamingFrame | null {
  const frame = parseJson(text);
  const envelope = Envelope.safeParse(frame);
  if (!envelope.success) {
    const refused = Refused.safeParse(frame);
    return refused.success ? { type: 'refused', status: refused.data.status ?? null } : null;
  }
  const { event, payload } = envelope.data;
  if (event === 'delete') return { type: 'deleted' };
  if (event !== 'update' && event !== 'status.update') return { type: 'other' };
  const status = Status.safeParse(parseJson(payload ?? ''));
  return status.success ? { type: 'status', status: status.data } : null;
}
