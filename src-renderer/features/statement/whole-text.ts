import { normalDraft, type Draft } from '../../../shared/domain/statement/draft.ts';

/** Everything that is written, to be kept elsewhere: the master, and under its channel's name each text of its own. */
export function wholeText(draft: Draft, channelName: (channelId: string) => string): string {
  const { master, variants } = normalDraft(draft);
  const own = Object.entries(variants).map(([channelId, text]) => `--- ${channelName(channelId)} ---\n${text}`);
  return [master, ...own].join('\n\n');
}
