/** A list that the service gives part by part, the newest first. */
import { instant } from './time';
import { problem } from './toasts.svelte';

interface Part<Item> {
  readonly items: Item[];
  /** Where the next part begins. */
  readonly next: string | null;
}

export class Paged<Item> {
  items = $state<Item[]>([]);
  busy = $state(false);
  #next = $state<string | null>(null);
  #latest = 0;
  readonly #ask: (paging: { limit: number; cursor?: string }) => Promise<Part<Item>>;

  constructor(ask: (paging: { limit: number; cursor?: string }) => Promise<Part<Item>>) {
    this.#ask = ask;
  }

  /** Whether there is more than was read. */
  get more(): boolean {
    return this.#next !== null;
  }

  /** Read it anew from its head. */
  readonly read = (): Promise<void> => this.#read(null);

  /** Read what comes next. */
  readonly readOn = (): Promise<void> => this.#read(this.#next);

  async #read(cursor: string | null): Promise<void> {
    const asked = ++this.#latest;
    this.busy = true;
    try {
      const part = await this.#ask({ limit: 50, ...(cursor === null ? {} : { cursor }) });
      if (asked !== this.#latest) return; // it was asked for anew since
      this.items = cursor === null ? part.items : [...this.items, ...part.items];
      this.#next = part.next;
    } catch (error) {
      problem(error);
    } finally {
      if (asked === this.#latest) this.busy = false;
    }
  }
}

/** Return the query for all that happened from one day to another, both of them included. */
export function between(from: string, until: string): { since?: string; until?: string } {
  const [since, before] = [instant(from), instant(until, 1)];
  return { ...(since ? { since } : {}), ...(before ? { until: before } : {}) };
}
