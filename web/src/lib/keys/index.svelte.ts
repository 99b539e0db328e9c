/** The keyboard shortcuts that hold now; each component says its own and takes them with it. */
import { untrack } from 'svelte';
import type { Key } from '../i18n/words';
import { combination } from './combination';

export interface Shortcut {
  /** Such as `F2` or `Alt+N`. */
  readonly keys: string;
  readonly label: Key;
  readonly run: () => void;
  /** Whether it does something at this moment; it is listed all the same. */
  readonly when?: () => boolean;
  /** Whether it holds while a dialog is open too: what rings must be answered. */
  readonly everywhere?: boolean;
}

let held = $state.raw<readonly Shortcut[]>([]);

/** Make shortcuts hold until the returned function is called. For `$effect`. */
export function shortcuts(...those: Shortcut[]): () => void {
  // untracked: an effect that says its shortcuts must not follow them
  untrack(() => (held = [...held, ...those]));
  return () => untrack(() => (held = held.filter((each) => !those.includes(each))));
}

/** Return those that hold; the newest first, which win. */
export function all(): readonly Shortcut[] {
  return held.toReversed();
}

addEventListener('keydown', (event) => {
  if (event.isComposing || event.repeat) return;
  const keys = combination(event);
  const ours = all().filter((each) => each.keys === keys);
  if (ours.length === 0) return;
  event.preventDefault(); // a key of ours that does nothing now must not do something else
  const dialog = document.querySelector('dialog[open]') !== null;
  ours.find((each) => (!dialog || each.everywhere) && (each.when?.() ?? true))?.run();
});
