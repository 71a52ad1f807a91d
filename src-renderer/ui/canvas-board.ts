// Many small canvases on one page: one observer of sizes, one listener for the theme, one frame for all drawing.
import { onThemeChange } from './theme-version.svelte.ts';

/** Draws the whole canvas. `width` and `height` are CSS pixels; the context is scaled to them. */
export type Draw = (context: CanvasRenderingContext2D, width: number, height: number) => void;

export interface BoardCanvas {
  /** To be drawn with the next frame; asking twice draws once. */
  redraw(): void;
  /** Off the board. */
  remove(): void;
}

interface Entry {
  readonly canvas: HTMLCanvasElement;
  readonly draw: Draw;
  width: number;
  height: number;
}

const entries = new Map<Element, Entry>();
const dirty = new Set<Entry>();
let frame: number | undefined;
let sizes: ResizeObserver | undefined;
let endTheme: (() => void) | undefined;

/** Puts a canvas on the board; it is drawn as soon as its size is known, and whenever size or theme change. */
export function onBoard(canvas: HTMLCanvasElement, draw: Draw): BoardCanvas {
  const entry: Entry = { canvas, draw, width: 0, height: 0 };
  entries.set(canvas, entry);
  sizes ??= new ResizeObserver(resized);
  sizes.observe(canvas);
  endTheme ??= onThemeChange(() => {
    for (const one of entries.values()) markDirty(one);
  });
  return {
    redraw: () => markDirty(entry),
    remove() {
      entries.delete(canvas);
      dirty.delete(entry);
      sizes?.unobserve(canvas);
      if (entries.size > 0) return;
      endTheme?.();
      endTheme = undefined;
    },
  };
}

function resized(changes: readonly ResizeObserverEntry[]): void {
  for (const { target, contentRect } of changes) {
    const entry = entries.get(target);
    if (!entry) continue;
    entry.width = Math.round(contentRect.width);
    entry.height = Math.round(contentRect.height);
    markDirty(entry);
  }
}

function markDirty(entry: Entry): void {
  dirty.add(entry);
  frame ??= requestAnimationFrame(drawDirty);
}

function drawDirty(): void {
  frame = undefined;
  for (const { canvas, draw, width, height } of dirty) {
    const context = canvas.getContext('2d');
    if (!context || width === 0 || height === 0) continue;
    const ratio = devicePixelRatio;
    const wide = Math.round(width * ratio);
    const tall = Math.round(height * ratio);
    // Setting a size empties the canvas and is dear: only when it is another one.
    if (canvas.width !== wide || canvas.height !== tall) {
      canvas.width = wide;
      canvas.height = tall;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    draw(context, width, height);
  }
  dirty.clear();
}
