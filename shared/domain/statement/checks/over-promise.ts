import { type Note, noteAt } from './note.ts';

const PROMISES =
  /\bnever again\b|(?<!\b(?:cannot|can['’]t|not) )\bguarantee(?:s|d|ing)?\b|\bwe promise\b|\b(?:will|can) never happen\b|\b(?:will not|won['’]t|cannot|can['’]t) happen again\b|\b(?:no|zero) risk\b|\b(?:completely|totally|perfectly|absolutely|100 ?%) (?:safe|secure)\b|\bnobody will ever\b|\bevery (?:single )?(?:customer|one) will be compensated\b/gi;

/** Words that promise more than anybody can keep: a broken promise sets the matter on fire again. */
export function checkOverPromise(text: string): readonly Note[] {
  return Array.from(text.matchAll(PROMISES), (match) =>
    noteAt(
      { from: match.index, to: match.index + match[0].length },
      'warning',
      `"${match[0]}" promises what nobody can be sure to keep. Say what you do, by when.`,
    ),
  );
}
