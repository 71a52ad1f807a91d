import type { TextAtMoment } from '../../state/document-history.ts';

export interface RestoreChange {
  /** Null is the master. */
  readonly channelId: string | null;
  readonly before: string;
  readonly after: string;
}

/** Which texts would read otherwise if `then` took the place of `now`; a text that is not there reads as an empty one. */
export function restoreChanges(now: TextAtMoment, then: TextAtMoment): readonly RestoreChange[] {
  const channels = [...new Set([...Object.keys(now.variants), ...Object.keys(then.variants)])].sort();
  const texts = [
    { channelId: null, before: now.text, after: then.text },
    ...channels.map((channelId) => ({
      channelId,
      before: now.variants[channelId] ?? '',
      after: then.variants[channelId] ?? '',
    })),
  ];
  return texts.filter(({ before, after }) => before !== after);
}
