/** Whether the platform's command key is ⌘. */
export function hasCommandKey(platform: string): boolean {
  return /mac|iphone|ipad/i.test(platform);
}

/** How a shortcut is written here: `Mod K` is `Ctrl K`, or `⌘ K` on a Mac. */
export function keyLabel(key: string, platform: string = navigator.platform): string {
  return hasCommandKey(platform)
    ? key.replace(/\bMod\b/g, '⌘').replace(/\bEnter\b/g, '↩')
    : key.replace(/\bMod\b/g, 'Ctrl');
}

/** The same shortcut as `aria-keyshortcuts` wants it: `Control+K`. */
export function ariaKeys(key: string, platform: string = navigator.platform): string {
  return key.replace(/\bMod\b/g, hasCommandKey(platform) ? 'Meta' : 'Control').replaceAll(' ', '+');
}

/** True while letters belong to a text field or an editor, so that single-letter keys must not act. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest('input, textarea, select, [contenteditable="true"]') !== null;
}

/** Ctrl or ⌘ held, and neither Alt nor Shift. */
export function hasMod(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
}
