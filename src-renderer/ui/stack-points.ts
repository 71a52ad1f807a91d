import type { RatePoint } from './rate-points.ts';

/** One step of a stacked chart; `parts` goes by the order of the chart's layers and adds up to `count`. */
export interface StackPoint extends RatePoint {
  readonly parts: readonly number[];
  readonly reach: number | null;
}

export interface StackLayer {
  readonly name: string;
  /** A colour token without its dashes. */
  readonly colour: string;
}

/**
 * The upper edges of the layers, topmost first, one array a layer: each holds its own part and all below it, so that
 * they can be painted over one another. Null where there was no data.
 */
export function edgesOf(points: readonly StackPoint[], layers: number): (number | null)[][] {
  const edges: (number | null)[][] = Array.from({ length: layers }, () => new Array<number | null>(points.length));
  points.forEach((point, at) => {
    let height = 0;
    for (let layer = 0; layer < layers; layer += 1) {
      height += point.parts[layer] ?? 0;
      const edge = edges[layers - 1 - layer];
      if (edge) edge[at] = point.count === null ? null : height;
    }
  });
  return edges;
}

/**
 * The points with one more where a step ends and none follows it: before a stretch without data, and now. A step that
 * has no end has no width, and what it counted would not be seen.
 */
export function withEnds(points: readonly StackPoint[], stepMs: number): readonly StackPoint[] {
  return points.flatMap((point, index) => {
    const next = points[index + 1];
    if (next && (point.count === null || next.count !== null)) return [point];
    // Where a step without data follows it begins at that very moment: a millisecond keeps the two in order.
    return [point, { ...point, at: point.at + stepMs - (next ? 1 : 0) }];
  });
}

/** Whether a chart of the one looks like a chart of the other. Only the end grows, so it is compared first. */
export function sameStack(before: readonly StackPoint[], after: readonly StackPoint[]): boolean {
  if (before === after) return true;
  if (before.length !== after.length) return false;
  for (let at = before.length - 1; at >= 0; at -= 1) {
    const one = before[at];
    const other = after[at];
    if (!one || !other) return false;
    if (one.at !== other.at || one.count !== other.count || one.upper !== other.upper || one.lower !== other.lower)
      return false;
    if (one.expected !== other.expected || one.negativeShare !== other.negativeShare || one.reach !== other.reach)
      return false;
    if (one.parts.some((part, layer) => part !== other.parts[layer])) return false;
  }
  return true;
}
