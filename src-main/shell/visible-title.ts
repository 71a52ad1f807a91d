/** What would turn a line round, hide in it or break it: control, format and separator characters. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;
const LONGEST = 120;

/** A room's title, which anybody's post may have shaped, as one short line for the system's own surfaces. */
export function visibleTitle(title: string): string {
  const line = title.replace(UNSEEN, ' ').replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join('')}…` : line || 'untitled room';
}
