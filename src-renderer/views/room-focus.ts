/** Moves the focus among the places of a view: the elements with `data-place`. */
export interface RoomFocus {
  place(name: string): void;
  /** Esc and F6 come back to where one writes: the editor itself if there is one. */
  text(): void;
  /** F6: the next place that is on the screen, or the one before; round the ends. */
  walk(back: boolean): void;
}

export function createRoomFocus(root: () => HTMLElement | undefined): RoomFocus {
  function place(name: string): void {
    root()?.querySelector<HTMLElement>(`[data-place="${name}"]`)?.focus();
  }

  function text(): void {
    const editor = root()?.querySelector<HTMLElement>('[data-place="text"] [contenteditable="true"]');
    if (editor) editor.focus();
    else place('text');
  }

  return {
    place,
    text,
    walk(back) {
      const places = [...(root()?.querySelectorAll<HTMLElement>('[data-place]') ?? [])].filter(
        (one) => one.offsetParent !== null,
      );
      const at = places.findIndex((one) => one.contains(document.activeElement));
      const to = places[(at + (back ? -1 : 1) + places.length) % places.length];
      if (to?.dataset.place === 'text') text();
      else to?.focus();
    },
  };
}
