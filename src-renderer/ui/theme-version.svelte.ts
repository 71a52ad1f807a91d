// One pair of listeners for the whole page, however many canvases there are.
// eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing on the screen reads it
const listeners = new Set<() => void>();
let endListening: (() => void) | undefined;

/** Calls after light became dark or the reverse; returns the function that ends it. */
export function onThemeChange(act: () => void): () => void {
  listeners.add(act);
  endListening ??= listen();
  return () => {
    listeners.delete(act);
    if (listeners.size > 0) return;
    endListening?.();
    endListening = undefined;
  };
}

function listen(): () => void {
  const changed = (): void => {
    for (const act of [...listeners]) act();
  };
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  const observer = new MutationObserver(changed);
  scheme.addEventListener('change', changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => {
    scheme.removeEventListener('change', changed);
    observer.disconnect();
  };
}

/** Counts up when light becomes dark or the reverse, for what draws on a canvas and must be told. */
export class ThemeVersion {
  #count = $state(0);

  get count(): number {
    return this.#count;
  }

  /** Starts listening; returns the function that ends it. */
  watch(): () => void {
    return onThemeChange(() => (this.#count += 1));
  }
}

/** The colours of tokens as a canvas can use them: `light-dark()` is resolved only on a real element. */
export function resolveColours<Name extends string>(node: HTMLElement, names: readonly Name[]): Record<Name, string> {
  const probe = document.createElement('span');
  node.append(probe);
  const resolved = Object.fromEntries(
    names.map((name) => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  ) as Record<Name, string>;
  probe.remove();
  return resolved;
}
