/** J and K move the focus among the entries of a list while it is inside the list. */
export function walkList(list: HTMLElement): () => void {
  function onkey(event: KeyboardEvent): void {
    const by = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
    if (by === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLElement && event.target.closest('input, textarea, select')) return;
    const entries = [...list.querySelectorAll<HTMLElement>(':scope > li')];
    const at = entries.findIndex((entry) => entry.contains(document.activeElement));
    entries[Math.max(0, Math.min(entries.length - 1, at + by))]?.focus();
    event.preventDefault();
  }
  list.addEventListener('keydown', onkey);
  return () => list.removeEventListener('keydown', onkey);
}
