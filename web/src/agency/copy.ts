/** Copy what an element says; tell whether it could be done. It stays selected if not. */
export async function copied(element: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(element.textContent ?? '');
    return true;
  } catch {
    // a page without TLS has no clipboard; what is selected can be copied by hand
    getSelection()?.selectAllChildren(element);
    return false;
  }
}
