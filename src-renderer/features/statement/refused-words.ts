import type { LinkRefusal } from '../../state/document-link.ts';

export interface RefusedWords {
  /** What happened. */
  readonly happened: string;
  /** Where what is only here is kept; undefined where nothing is. */
  readonly kept: string | undefined;
  /** What to do. */
  readonly todo: string;
  /** The room's own text can be taken in place of this tab's. */
  readonly canTake: boolean;
}

/**
 * Why a text is not live any more, in words. `hasUnsent`: characters stand here that the host does not have. `kept`:
 * they outlive this tab.
 */
export function refusedWords(reason: LinkRefusal, hasUnsent: boolean, kept: boolean): RefusedWords {
  return { ...wordsOf(reason, hasUnsent), kept: hasUnsent ? (kept ? KEPT : ONLY_HERE) : undefined };
}

const KEPT = 'What you typed since then is only here: this browser keeps it.';
const ONLY_HERE = 'What you typed since then is only in this tab, and is lost when you close it.';

function wordsOf(reason: LinkRefusal, hasUnsent: boolean): Omit<RefusedWords, 'kept'> {
  switch (reason) {
    case 'token':
      return {
        happened: 'The host did not let this page into the text.',
        todo: 'Try again. If that does not help, open your access link once more.',
        canTake: false,
      };
    case 'no-such-document':
      return {
        happened: 'The host has no such text any more.',
        todo: hasUnsent ? 'Copy your text before you leave.' : 'Go back to the watch and open the room again.',
        canTake: false,
      };
    case 'read-only':
      return {
        happened: 'You may read this text, and not write in it.',
        todo: hasUnsent ? "Copy your text if it matters, then take the room's text." : "Take the room's text to go on.",
        canTake: true,
      };
    case 'not-yours':
      return {
        happened:
          'The host did not take what was written here: it belongs to another browser or sign-in, or differs from what the host holds.',
        todo: hasUnsent
          ? "Copy your text, take the room's text, then put in again what is missing there."
          : "Take the room's text to go on.",
        canTake: true,
      };
    case 'full':
      return {
        happened: 'This text has reached its largest size: nothing more can be added to it.',
        // Whatever is unsent goes along with every try, and is refused with everything after it.
        todo: hasUnsent
          ? "Copy your text, then take the room's text: there you can still delete."
          : "Take the room's text: there you can still delete.",
        canTake: true,
      };
    case 'unfit':
      return {
        happened: 'The host cannot take what was written here: it is too much at once, or damaged.',
        todo: hasUnsent
          ? "Copy your text, take the room's text, then put yours in again in smaller pieces."
          : "Take the room's text to go on.",
        canTake: true,
      };
  }
}
