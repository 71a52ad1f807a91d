import { formatTime } from '../../shared/base/format.ts';
import type { BroughtBack } from './text-restore.svelte.ts';

/** What has just been brought back, and the verb that takes it back; undefined where there is nothing to take back. */
export function restoredWords(
  { to, changed, isUndo }: BroughtBack,
  timeZone?: string,
): { readonly happened: string; readonly undo: string | undefined } {
  if (!changed) return { happened: 'The text reads like that already. Nothing was changed.', undo: undefined };
  if (isUndo) return { happened: 'Undone: the text reads as it did before.', undo: 'Bring it back again' };
  return { happened: `The text reads as at ${formatTime(to, timeZone)} again, for everybody.`, undo: 'Undo' };
}
