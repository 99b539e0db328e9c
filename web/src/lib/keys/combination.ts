/**
 * Keys as they are written: `F2`, `Alt+N`, `Escape`.
 *
 * No shortcut is a bare letter: call-takers write while they answer, and WCAG 2.1.4 wants none.
 */
export interface Pressed {
  readonly key: string;
  readonly code: string;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
}

/** Return what was pressed as it is written. Letters go by their place: Alt changes their sign. */
export function combination(pressed: Pressed): string {
  const letter = /^Key([A-Z])$|^Digit([0-9])$/.exec(pressed.code);
  const slash = pressed.code === 'Slash' ? '/' : undefined;
  const key = pressed.altKey || pressed.ctrlKey ? (letter?.[1] ?? letter?.[2] ?? slash) : undefined;
  const parts = [];
  if (pressed.ctrlKey || pressed.metaKey) parts.push('Ctrl');
  if (pressed.altKey) parts.push('Alt');
  if (pressed.shiftKey) parts.push('Shift');
  parts.push(key ?? pressed.key);
  return parts.join('+');
}
