/** Where the keyboard is: it goes to what opens, and back to where it was when that is gone. */

/** Have an element take the focus as it appears, and give it back as it goes. For `{@attach}`. */
export function takesFocus(element: HTMLElement): () => void {
  const before = document.activeElement;
  element.focus();
  return () => giveBack(before);
}

/** Give the focus back to who had it, if nobody has it by then. */
export function giveBack(before: Element | null): void {
  queueMicrotask(() => {
    if (before instanceof HTMLElement && nobodyHasIt()) before.focus();
  });
}

function nobodyHasIt(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}
