import { formatCount } from './format.ts';

/**
 * Characters that change what a reader sees without being seen themselves: bidi controls (UAX 9, table 4; the
 * "Trojan Source" set), zero-width characters, soft hyphens, fillers, C0/C1 controls, tags and private use.
 */
const INVISIBLE =
  // eslint-disable-next-line no-control-regex, no-misleading-character-class -- these are the characters meant
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e007f}]/gu;

const NAMES: Readonly<Record<number, string>> = {
  0x00ad: 'soft hyphen',
  0x061c: 'Arabic letter mark',
  0x200b: 'zero-width space',
  0x200c: 'zero-width non-joiner',
  0x200d: 'zero-width joiner',
  0x200e: 'left-to-right mark',
  0x200f: 'right-to-left mark',
  0x2028: 'line separator',
  0x2029: 'paragraph separator',
  0x202a: 'left-to-right embedding',
  0x202b: 'right-to-left embedding',
  0x202c: 'end of direction',
  0x202d: 'left-to-right override',
  0x202e: 'right-to-left override',
  0x2060: 'word joiner',
  0x2066: 'left-to-right isolate',
  0x2067: 'right-to-left isolate',
  0x2068: 'first-strong isolate',
  0x2069: 'end of isolate',
  0x3164: 'filler',
  0xfeff: 'zero-width no-break space',
};

/** What stands for one invisible character on the screen: `⟦zero-width space⟧`, `⟦U+0007⟧`. */
export function markerOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `⟦${NAMES[code] ?? `U+${code.toString(16).toUpperCase().padStart(4, '0')}`}⟧`;
}

/** Joiners are part of ordinary writing inside emoji and between letters of joining scripts; elsewhere they hide. */
function isOrdinaryJoiner(text: string, index: number): boolean {
  const before = text.slice(Math.max(0, index - 4), index);
  const after = text.slice(index + 1, index + 5);
  if (/[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]$/u.test(before) && /^\p{Extended_Pictographic}/u.test(after))
    return true;
  const joining =
    /[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Malayalam}\p{Script=Sinhala}]/u;
  return joining.test(before.at(-1) ?? '') && joining.test(after.at(0) ?? '');
}

/**
 * A stranger's text as it may be shown: what is invisible becomes a visible marker, line ends become `\n`, and beyond
 * `maxLength` UTF-16 units the rest is counted instead of drawn. Display only: what is stored and hashed stays as it is.
 */
export function visibleText(text: string, maxLength = 2000): string {
  const { head, hidden } = cut(text, maxLength);
  const shown = head
    .replace(/\r\n?/g, '\n')
    .replace(INVISIBLE, (character, index: number, whole: string) =>
      (character === '\u200c' || character === '\u200d') && isOrdinaryJoiner(whole, index)
        ? character
        : markerOf(character),
    );
  return hidden > 0 ? `${limitCombining(shown)}… (${formatCount(hidden)} more characters)` : limitCombining(shown);
}

/** A stranger's name or title: on one line, short, and never blank. */
export function visibleName(name: string, maxLength = 60): string {
  const oneLine = visibleText(name.replace(/\s+/g, ' ').trim(), maxLength);
  return oneLine === '' ? '(no name)' : oneLine;
}

function cut(text: string, maxLength: number): { head: string; hidden: number } {
  if (text.length <= maxLength) return { head: text, hidden: 0 };
  // Never between the two halves of one character.
  const last = text.charCodeAt(maxLength - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? maxLength - 1 : maxLength;
  return { head: text.slice(0, end), hidden: text.length - end };
}

/** More than four accents on one letter are drawn over the neighbours' lines ("Zalgo" text). */
function limitCombining(text: string): string {
  return text.replace(/(\p{M}{4})\p{M}+/gu, '$1⟦more marks⟧');
}
