/** Channels that people know keep their colour in every chart. */
const KNOWN: Readonly<Record<string, number>> = { bluesky: 1, mastodon: 2, news: 3, x: 4 };
const COLOURS = 6;

/** The most channels that are told apart in one chart; what is beyond them is one layer together. */
export const MOST_LAYERS = 5;
export const REST = 'other channels';

/** A colour token for each channel name, no two alike. At most `COLOURS` names. */
export function channelColours(names: readonly string[]): Readonly<Record<string, string>> {
  const wanted = names.slice(0, COLOURS);
  const taken = new Set(wanted.flatMap((name) => KNOWN[name] ?? []));
  const free = Array.from({ length: COLOURS }, (_, index) => index + 1)
    .filter((number) => !taken.has(number))
    // The colours of known channels last: theirs is missed least where they are not.
    .sort((one, other) => Number(one < 5) - Number(other < 5));
  return Object.fromEntries(wanted.map((name) => [name, `channel-${KNOWN[name] ?? free.shift() ?? COLOURS}`]));
}
