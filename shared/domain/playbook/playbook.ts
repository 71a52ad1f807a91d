import { z } from 'zod';
import { ChannelId, PlaybookId, TemplateId } from '../../base/ids.ts';
import { Chain } from './chain.ts';

/** Where a text leaves to. `limit` is in characters as the channel counts them here: UTF-16 units; null is no limit. */
export const Channel = z.strictObject({
  channelId: ChannelId,
  name: z.string().min(1).max(80),
  limit: z.int().positive().max(1_000_000).nullable(),
  via: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('hand') }),
    z.strictObject({ kind: z.literal('webhook'), url: z.url().max(2048) }),
  ]),
});
export type Channel = z.infer<typeof Channel>;

/** What the room opens with for one kind of crisis. */
export const Playbook = z.strictObject({
  playbookId: PlaybookId,
  name: z.string().min(1).max(120),
  templateId: TemplateId.nullable(),
  chain: Chain,
  complexity: z.enum(['simple', 'complex']),
});
export type Playbook = z.infer<typeof Playbook>;

/** A playbook as it ships: whose word is needed, every organisation decides for itself. */
export const PlaybookOutline = Playbook.omit({ chain: true });
export type PlaybookOutline = z.infer<typeof PlaybookOutline>;

export function withChain(outline: PlaybookOutline, chain: Chain): Playbook {
  return { ...outline, chain };
}
