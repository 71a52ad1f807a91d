/**
 * Brings an element to the middle of whatever it scrolls in. Nothing around that moves: `scrollIntoView` would also shift
 * what is not meant to scroll at all.
 */
export function scrollToMiddle(element: HTMLElement): void {
  const scroller = scrollerOf(element);
  if (!scroller) return;
  const shown = scroller.getBoundingClientRect();
  const { top, height } = element.getBoundingClientRect();
  scroller.scrollTop += top - shown.top - (shown.height - height) / 2;
}

function scrollerOf(element: HTMLElement): HTMLElement | null {
  for (let around = element.parentElement; around; around = around.parentElement) {
    const scrolls = /auto|scroll/.test(getComputedStyle(around).overflowY);
    if (scrolls && around.scrollHeight > around.clientHeight) return around;
  }
  return null;
}
