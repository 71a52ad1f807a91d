/** An attachment: Escape inside the element calls `act`, and nobody else hears of it. */
export function onEscape(act: () => void): (node: HTMLElement) => () => void {
  return (node) => {
    function onkey(event: KeyboardEvent): void {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    }
    node.addEventListener('keydown', onkey);
    return () => node.removeEventListener('keydown', onkey);
  };
}
