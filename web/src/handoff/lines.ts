/**
 * Lines of the text relay on their way: those of one agency one after the other, in their order.
 *
 * A line has one key for as long as it is not answered, whatever becomes of the connection, of the
 * service or of this page meanwhile: the service takes it once. What it refuses stays, with its
 * words, until somebody puts it away: nothing that was typed is lost.
 */
import { Refused } from '../lib/api/problem';
import { pauseAfter } from '../lib/retries';
import type { Shelf } from '../lib/ticket/draft';

export interface Line {
  readonly handoff: string;
  readonly text: string;
  /** Idempotency-Key of the request. */
  readonly key: string;
}

export interface Underway extends Line {
  /** Why it was not taken when it was last tried. */
  readonly why: Refused | null;
  /** It is not tried again. */
  readonly refused: boolean;
}

interface Queue {
  lines: Underway[];
  failures: number;
  busy: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
}

const PREFIX = 'sip112.relay';

export class Lines<Taken> {
  readonly #queues = new Map<string, Queue>();
  readonly #key: string;
  #resting = false;

  /**
   * Go on with those that are kept.
   *
   * `send` makes the request, `taken` is told what became of the handoff by it, `changed` that
   * something has changed; `place` says whose they are: nobody sends another one's.
   */
  constructor(
    private readonly send: (line: Line) => Promise<Taken>,
    private readonly taken: (now: Taken) => void,
    private readonly changed: () => void,
    private readonly shelf: Shelf,
    place: string,
    private readonly newKey: () => string,
  ) {
    this.#key = `${PREFIX}/${place}`;
    for (const line of understood(shelf.getItem(this.#key))) this.#put(line);
    for (const queue of this.#queues.values()) void this.#try(queue);
  }

  get all(): Underway[] {
    return [...this.#queues.values()].flatMap(({ lines }) => lines);
  }

  write(handoff: string, text: string): void {
    const queue = this.#put({ handoff, text, key: this.newKey() });
    this.#tell();
    void this.#try(queue);
  }

  /** Put a line away that was refused; returns what it says. */
  drop(key: string): string {
    for (const queue of this.#queues.values()) {
      const found = queue.lines.find((each) => each.key === key && each.refused);
      if (found === undefined) continue;
      queue.lines = queue.lines.filter((each) => each !== found);
      this.#tell();
      return found.text;
    }
    return '';
  }

  /** Try at once what waits: the service may be back. */
  nudge(): void {
    for (const queue of this.#queues.values()) {
      queue.failures = 0;
      void this.#try(queue);
    }
  }

  /** Do nothing more; what is not answered stays kept. */
  rest(): void {
    this.#resting = true;
    for (const { timer } of this.#queues.values()) clearTimeout(timer);
  }

  #put(line: Line): Queue {
    const queue = this.#queues.get(line.handoff) ?? {
      lines: [],
      failures: 0,
      busy: false,
      timer: undefined,
    };
    queue.lines = [...queue.lines, { ...line, why: null, refused: false }];
    this.#queues.set(line.handoff, queue);
    return queue;
  }

  async #try(queue: Queue): Promise<void> {
    if (queue.busy) return;
    clearTimeout(queue.timer);
    queue.busy = true;
    try {
      for (;;) {
        const next = queue.lines.find((each) => !each.refused);
        if (next === undefined || this.#resting || !(await this.#sent(queue, next))) return;
      }
    } finally {
      queue.busy = false;
    }
  }

  /** Send one; tell whether the next may go. */
  async #sent(queue: Queue, line: Underway): Promise<boolean> {
    try {
      const now = await this.send(line);
      queue.failures = 0;
      this.taken(now); // before it is gone from here: it is never out of sight
      queue.lines = queue.lines.filter((each) => each.key !== line.key);
      this.#tell();
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (this.#resting) return false;
      const waits = error.passing || error.status === 401; // 401: until they sign in again
      this.#mark(queue, { ...line, why: error, refused: !waits });
      if (error.passing) this.#again(queue, error);
      return !waits;
    }
  }

  #again(queue: Queue, why: Refused): void {
    const pause = pauseAfter(queue.failures, why);
    queue.failures += 1;
    queue.timer = setTimeout(() => void this.#try(queue), pause);
  }

  #mark(queue: Queue, line: Underway): void {
    queue.lines = queue.lines.map((each) => (each.key === line.key ? line : each));
    this.#tell();
  }

  #tell(): void {
    this.#keep();
    this.changed();
  }

  #keep(): void {
    const lines = this.all.map(({ handoff, text, key }) => ({ handoff, text, key }));
    try {
      if (lines.length === 0) this.shelf.removeItem(this.#key);
      else this.shelf.setItem(this.#key, JSON.stringify(lines));
    } catch {
      // full, or forbidden: they are sent all the same, for as long as this page is open
    }
  }
}

/** Return the lines that a text holds; none where an older console wrote something else. */
function understood(text: string | null): Line[] {
  try {
    const found: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(found) && found.every(isLine) ? found : [];
  } catch {
    return [];
  }
}

function isLine(found: unknown): found is Line {
  if (typeof found !== 'object' || found === null) return false;
  const { handoff, text, key } = found as Record<string, unknown>;
  return [handoff, text, key].every((each) => typeof each === 'string');
}
