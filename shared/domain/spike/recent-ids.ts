import type { Instant } from '../../base/ids.ts';

const MINUTE_MS = 60_000;
/** Beyond what must be remembered; a mention comes again with newer numbers for about a day. */
const REMEMBERED_MS = 24 * 60 * MINUTE_MS;
const MOST_REMEMBERED = 20_000;

/** An id seen again while it is remembered is the same mention with newer numbers, not another one. */
export function createRecentIds() {
  const seen = new Set<string>();
  const idsByMinute = new Map<number, string[]>();
  let forgottenBefore = -Infinity;

  function forget(minute: number, ids: readonly string[]): void {
    for (const id of ids) seen.delete(id);
    idsByMinute.delete(minute);
    forgottenBefore = Math.max(forgottenBefore, (minute + 1) * MINUTE_MS);
  }

  return {
    /** False, too, of a time that is forgotten: nobody can tell, and drawing it twice would be worse than not yet. */
    isNew(id: string, at: Instant): boolean {
      if (at < forgottenBefore || seen.has(id)) return false;
      seen.add(id);
      const minute = Math.floor(at / MINUTE_MS);
      const ids = idsByMinute.get(minute);
      if (ids === undefined) idsByMinute.set(minute, [id]);
      else ids.push(id);
      return true;
    },
    /** Keeps what was seen since `at`, and as much of the day before `now` as has room. */
    forgetBefore(at: number, now: number): void {
      forgottenBefore = Math.max(forgottenBefore, now - REMEMBERED_MS);
      // Minutes were added in about rising order, so only the front needs a look.
      for (const [minute, ids] of idsByMinute) {
        const end = (minute + 1) * MINUTE_MS;
        if (end > at || (end > now - REMEMBERED_MS && seen.size <= MOST_REMEMBERED)) break;
        forget(minute, ids);
      }
    },
  };
}
