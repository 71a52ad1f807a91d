export interface PaletteItem {
  readonly id: string;
  /** The act, as a verb: `Submit for sign-off`. */
  readonly label: string;
  /** The shortcut that does the same, such as `Mod Enter`. */
  readonly key?: string;
  /** Other words people look for it with. */
  readonly words?: string;
  /** Why it cannot be done now; it is shown, and choosing it does nothing. */
  readonly why?: string;
  readonly run: () => void;
}

/** The items that have every typed word, those whose label begins with it first; all of them for no words. */
export function rankItems<Item extends Pick<PaletteItem, 'label' | 'words'>>(
  items: readonly Item[],
  typed: string,
): Item[] {
  const wanted = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return [...items];
  return items
    .map((item, index) => ({ item, index, rank: rankOf(item, wanted) }))
    .filter(({ rank }) => rank >= 0)
    .sort((one, other) => other.rank - one.rank || one.index - other.index)
    .map(({ item }) => item);
}

function rankOf(item: Pick<PaletteItem, 'label' | 'words'>, wanted: readonly string[]): number {
  const label = item.label.toLowerCase();
  const all = `${label} ${item.words?.toLowerCase() ?? ''}`;
  let rank = 0;
  for (const word of wanted) {
    if (!all.includes(word)) return -1;
    if (label.startsWith(word)) rank += 3;
    else if (label.includes(` ${word}`)) rank += 2;
    else if (label.includes(word)) rank += 1;
  }
  return rank;
}
