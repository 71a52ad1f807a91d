/** One panel of a group: its share of the room in percent, and the least it may have. */
export interface PaneBounds {
  readonly share: number;
  readonly min: number;
}

/**
 * Moves the line after panel `index` by `delta` percent. Only its two neighbours change, neither below its least, and
 * the sum stays what it was: nothing can be dragged off the screen.
 */
export function moveLine(shares: readonly number[], mins: readonly number[], index: number, delta: number): number[] {
  const before = shares[index];
  const after = shares[index + 1];
  if (before === undefined || after === undefined) return [...shares];
  const least = (mins[index] ?? 0) - before;
  const most = after - (mins[index + 1] ?? 0);
  const moved = Math.max(Math.min(delta, most), least);
  return shares.map((share, at) => (at === index ? share + moved : at === index + 1 ? share - moved : share));
}

/** Remembered shares if they still fit these panels, else the panels' own; scaled so that the sum is 100. */
export function restoreShares(remembered: string | null, panes: readonly PaneBounds[]): number[] {
  const own = panes.map(({ share }) => share);
  const shares = parse(remembered, panes) ?? own;
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => (100 * share) / sum);
}

function parse(remembered: string | null, panes: readonly PaneBounds[]): number[] | undefined {
  if (remembered === null) return undefined;
  try {
    const shares: unknown = JSON.parse(remembered);
    if (!Array.isArray(shares) || shares.length !== panes.length) return undefined;
    const fits = shares.every(
      (share, index) => typeof share === 'number' && share >= (panes[index]?.min ?? 0) && share <= 100,
    );
    return fits ? (shares as number[]) : undefined;
  } catch {
    return undefined; // not ours, or cut off: the panels' own shares do
  }
}
