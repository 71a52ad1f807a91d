import type { PublicKeyHex } from '../base/ids.ts';
import type { Head } from './envelope.ts';

/** An author whose log stands before, or beside, what that author is known to have signed. */
export interface Behind {
  readonly author: PublicKeyHex;
  /** The highest event the author is known to have signed. */
  readonly mark: Head;
  /** The author's head in the log at hand; null when it has none of the author's events. */
  readonly head: Head | null;
}

/**
 * The authors who must not sign on from these heads: their next event would have a number that they have used already,
 * and prove a fork. They need new keys.
 */
export function authorsBehind(heads: readonly Head[], marks: readonly Head[]): readonly Behind[] {
  const headsByAuthor = new Map(heads.map((head) => [head.author, head]));
  return marks.flatMap((mark): readonly Behind[] => {
    const head = headsByAuthor.get(mark.author) ?? null;
    const isBehind = head === null || head.seq < mark.seq || (head.seq === mark.seq && head.hash !== mark.hash);
    return isBehind ? [{ author: mark.author, mark, head }] : [];
  });
}
