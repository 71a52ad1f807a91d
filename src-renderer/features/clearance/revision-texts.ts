import type { Channel } from '../../../shared/domain/playbook/playbook.ts';
import { type RevisionContent, textFor } from '../../../shared/domain/statement/revision.ts';

/** A frozen text as it will appear on one channel. */
export interface RevisionText {
  /** `master` where the organisation has no channels. */
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly limit: number | null;
  readonly tooLong: boolean;
}

/** One text a channel, as it would leave; without any channel the master. */
export function revisionTexts(
  content: Pick<RevisionContent, 'master' | 'variants'>,
  channels: readonly Channel[],
): readonly RevisionText[] {
  if (channels.length === 0) return [{ id: 'master', name: 'Text', text: content.master, limit: null, tooLong: false }];
  return channels.map(({ channelId, name, limit }) => {
    const text = textFor(content, channelId);
    return { id: channelId, name, text, limit, tooLong: limit !== null && text.length > limit };
  });
}
