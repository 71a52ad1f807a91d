/** What of a time axis is in sight, in ms since 1970. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** `window` moved and cut so that it lies within `bounds` and is at least `leastMs` wide. */
export function fitted(window: TimeWindow, bounds: TimeWindow, leastMs: number): TimeWindow {
  const whole = bounds.to - bounds.from;
  const width = Math.min(whole, Math.max(leastMs, window.to - window.from));
  const from = Math.min(Math.max(window.from, bounds.from), bounds.to - width);
  return { from, to: from + width };
}

/** `factor` below 1 shows less time, above 1 more; the moment `anchor` stays where it is on the screen. */
export function zoomed(
  window: TimeWindow,
  bounds: TimeWindow,
  { factor, anchor, leastMs }: { readonly factor: number; readonly anchor: number; readonly leastMs: number },
): TimeWindow {
  const width = Math.max(leastMs, (window.to - window.from) * factor);
  const share = (anchor - window.from) / (window.to - window.from);
  const from = anchor - share * width;
  return fitted({ from, to: from + width }, bounds, leastMs);
}

/** Moved by a share of its own width: 0.5 is half a window later. */
export function panned(window: TimeWindow, bounds: TimeWindow, share: number): TimeWindow {
  const by = share * (window.to - window.from);
  return fitted({ from: window.from + by, to: window.to + by }, bounds, 0);
}

/** Whether everything is in sight. */
export function isWhole(window: TimeWindow, bounds: TimeWindow): boolean {
  return window.to - window.from >= bounds.to - bounds.from;
}
