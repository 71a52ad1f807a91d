import { ChannelId } from '../../../shared/base/ids.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import type { Channel } from '../../../shared/domain/playbook/playbook.ts';
import { slugFrom } from './slug.ts';

/** A channel as it is being typed. */
export interface ChannelForm {
  /** Null for a new one. */
  readonly channelId: Channel['channelId'] | null;
  readonly name: string;
  readonly limit: string;
  readonly via: 'hand' | 'webhook';
  readonly url: string;
}

export function channelForm(channel: Channel | null): ChannelForm {
  return {
    channelId: channel?.channelId ?? null,
    name: channel?.name ?? '',
    limit: channel?.limit?.toString() ?? '',
    via: channel?.via.kind ?? 'hand',
    url: channel?.via.kind === 'webhook' ? channel.via.url : '',
  };
}

/** The channel, or what is still missing in one sentence. */
export function readChannel(form: ChannelForm, taken: readonly string[]): Result<Channel, string> {
  const name = form.name.trim();
  if (name === '' || name.length > 80) return err('Give the channel a name of at most 80 characters.');
  const limit = form.limit.trim() === '' ? null : Number(form.limit);
  if (limit !== null && (!Number.isInteger(limit) || limit < 1 || limit > 1_000_000))
    return err('The limit is a whole number of characters, or empty for none.');
  const url = form.url.trim();
  if (form.via === 'webhook' && (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol) || url.length > 2048))
    return err('Give the whole address of the webhook: https://example.org/hook');
  const channelId = form.channelId ?? ChannelId.parse(slugFrom(name, taken, 'channel'));
  return ok({ channelId, name, limit, via: form.via === 'webhook' ? { kind: 'webhook', url } : { kind: 'hand' } });
}
