import type { Channel } from '../../../shared/domain/playbook/playbook.ts';
import type { Draft } from '../../../shared/domain/statement/draft.ts';
import { textFor } from '../../../shared/domain/statement/revision.ts';

export interface ChannelTab {
  /** Null is the master, which every channel without words of its own uses. */
  readonly channelId: string | null;
  readonly name: string;
  readonly length: number;
  readonly limit: number | null;
  readonly tooLong: boolean;
  readonly ownWords: boolean;
}

/** The master and every channel, with how much of its length the text there uses (UTF-16 units). */
export function channelTabs(draft: Draft, channels: readonly Channel[]): readonly ChannelTab[] {
  const master: ChannelTab = {
    channelId: null,
    name: 'Master',
    length: draft.master.length,
    limit: null,
    tooLong: false,
    ownWords: true,
  };
  return [
    master,
    ...channels.map(({ channelId, name, limit }) => {
      const { length } = textFor(draft, channelId);
      const ownWords = Object.hasOwn(draft.variants, channelId) && draft.variants[channelId] !== '';
      return { channelId, name, length, limit, tooLong: limit !== null && length > limit, ownWords };
    }),
  ];
}
