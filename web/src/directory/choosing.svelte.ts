/** Which entry of a part is open on the page, and the work on it. */
import type { Entry, Part } from './entries';
import { putAway, workAt, workOn, type Work } from './work.svelte';

export class Choosing<E extends Entry> {
  /** Whose form is open: a code, empty for a new one, undefined for none. */
  code = $state<string>();
  work = $state.raw<Work<E>>();
  readonly #part: Part;
  readonly #blank: () => E;

  constructor(part: Part, blank: () => E) {
    this.#part = part;
    this.#blank = blank;
  }

  /** Whether a new one was begun, and left. */
  get begun(): boolean {
    return this.code !== '' && workAt(this.#part, '')?.dirty === true;
  }

  open(entry: E, version: number): void {
    this.work = workOn<E>(this.#part, entry.code, entry, version);
    this.code = entry.code;
  }

  add = (): void => {
    this.work = workOn<E>(this.#part, '', this.#blank(), null);
    this.code = '';
  };

  close = (): void => {
    if (this.code === '') putAway(this.#part, '');
    this.work = undefined;
    this.code = undefined;
  };

  /** What was new is one of them from now on. */
  saved = (entry: E): void => {
    const version = this.work?.version;
    if (this.code !== '' || version == null) return;
    putAway(this.#part, '');
    this.open(entry, version);
  };

  removed = (): void => {
    if (this.code !== undefined) putAway(this.#part, this.code);
    this.work = undefined;
    this.code = undefined;
  };
}
