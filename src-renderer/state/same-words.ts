import { type Draft, normalDraft } from '../../shared/domain/statement/draft.ts';

/** Whether both would be frozen as the same revision. Compared, not hashed: this runs with every key. */
export function sameWords(one: Draft, other: Draft): boolean {
  const [mine, theirs] = [normalDraft(one), normalDraft(other)];
  const channels = Object.keys(mine.variants);
  return (
    mine.master === theirs.master &&
    channels.length === Object.keys(theirs.variants).length &&
    channels.every((id) => Object.hasOwn(theirs.variants, id) && mine.variants[id] === theirs.variants[id])
  );
}
