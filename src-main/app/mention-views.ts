import { copiesById } from '../../shared/domain/mention/amplification.ts';
import { isNegative, type Mention } from '../../shared/domain/mention/mention.ts';
import { isQuestion } from '../../shared/domain/mention/question.ts';
import type { MentionView } from '../../shared/protocol/views.ts';

/** A list of mentions as pages show it; copies are counted among them. */
export function mentionViews(mentions: readonly Mention[]): readonly MentionView[] {
  const copies = copiesById(mentions);
  return mentions.map((mention) => mentionView(mention, copies.get(mention.id) ?? 1));
}

export function mentionView(mention: Mention, copies: number): MentionView {
  const { id, watchQueryId, channel, language, author, text, url, observedAt, engagement, reach } = mention;
  const shown = { id, watchQueryId, channel, language, author, text, url, observedAt, engagement, reach };
  return { ...shown, negative: isNegative(mention), isQuestion: isQuestion(text), copies };
}
