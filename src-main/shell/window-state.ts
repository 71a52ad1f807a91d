import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const WindowState = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().positive(),
  height: z.int().positive(),
  maximized: z.boolean(),
  /** The view that was open, as the page's own fragment. */
  hash: z.string().regex(/^(#\/(watch|settings|(room|replay)\/[a-z0-9-]{8,40}))?$/),
});
export type WindowState = z.infer<typeof WindowState>;

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const SMALLEST = { width: 900, height: 600 } as const;
const USUAL = { width: 1366, height: 820 } as const;
/** So much of the title bar has to be within reach, or nobody can move the window back. */
const REACHABLE = { width: 160, height: 40 } as const;

/** What was kept, or null when there is nothing usable: a file anybody may have edited. */
export function readWindowState(file: string): WindowState | null {
  try {
    return WindowState.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

/** Losing where the window stood must not disturb anything, so a disk that refuses is passed over. */
export function keepWindowState(file: string, state: WindowState): void {
  try {
    writeFileSync(`${file}.new`, JSON.stringify(state));
    renameSync(`${file}.new`, file);
  } catch {
    // The next start opens the window in its usual size.
  }
}

/**
 * Where to open the window, in the screens' own coordinates. `areas` are the screens' work areas now: the one it stood
 * on may be gone, then it opens in its usual size and the system places it.
 */
export function openingBounds(
  state: WindowState | null,
  areas: readonly Area[],
): Partial<Area> & { width: number; height: number } {
  if (!state || !areas.some((area) => isReachable(state, area))) return USUAL;
  return {
    x: state.x,
    y: state.y,
    width: Math.max(SMALLEST.width, state.width),
    height: Math.max(SMALLEST.height, state.height),
  };
}

function isReachable(state: WindowState, area: Area): boolean {
  const width = Math.min(state.x + state.width, area.x + area.width) - Math.max(state.x, area.x);
  return width >= REACHABLE.width && state.y >= area.y && state.y + REACHABLE.height <= area.y + area.height;
}
