/**
 * Tickets that are being handed on: each request is repeated until it is answered.
 *
 * A request has one key for as long as it is not answered, whatever becomes of the connection, of
 * the service or of this page meanwhile: the service carries it out once. Who has the ticket
 * already, since somebody else was faster, is left out, and the others are asked for by a new one.
 */
import { Refused } from '../lib/api/problem';
import { pauseAfter } from '../lib/retries';
import type { Shelf } from '../lib/ticket/draft';

export interface Errand {
  readonly ticket: string;
  readonly number: string;
  readonly agencies: readonly string[];
  /** Idempotency-Key of the request. */
  readonly key: string;
}

export interface Underway extends Errand {
  /** Why it was not answered when it was last tried; it is tried again by itself. */
  readonly why: Refused | null;
}

interface Ends {
  /** The service has it; `agencies` are those to whom the ticket went. */
  done(errand: Errand): void;
  refused(errand: Errand, why: Refused): void;
}

interface Running {
  errand: Errand;
  why: Refused | null;
  failures: number;
  busy: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
}

const PREFIX = 'sip112.handing-on';

export class Errands {
  readonly #send: (errand: Errand) => Promise<unknown>;
  readonly #ends: Ends;
  readonly #shelf: Shelf;
  readonly #place: string;
  readonly #newKey: () => string;
  readonly #running = new Map<string, Running>();
  readonly #listeners = new Set<() => void>();
  #resting = false;

  /**
   * Go on with those that are kept.
   *
   * `send` makes the request; `place` says whose they are: nobody sends another one's.
   */
  constructor(
    send: (errand: Errand) => Promise<unknown>,
    ends: Ends,
    shelf: Shelf,
    place: string,
    newKey: () => string,
  ) {
    this.#send = send;
    this.#ends = ends;
    this.#shelf = shelf;
    this.#place = `${PREFIX}/${place}/`;
    this.#newKey = newKey;
    for (const errand of this.#kept()) this.#run(errand);
  }

  /** Hear of each change, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get all(): Underway[] {
    return [...this.#running.values()].map(({ errand, why }) => ({ ...errand, why }));
  }

  /** Hand a ticket on, unless that is under way already; returns whether it is not. */
  begin(ticket: string, number: string, agencies: readonly string[]): boolean {
    if (this.#running.has(ticket) || agencies.length === 0) return false;
    this.#run({ ticket, number, agencies: [...agencies], key: this.#newKey() });
    return true;
  }

  /** Try at once what waits: the service may be back. */
  nudge(): void {
    for (const each of this.#running.values()) {
      each.failures = 0;
      void this.#try(each);
    }
  }

  /** Do nothing more; what is not answered stays kept. */
  rest(): void {
    this.#resting = true;
    for (const { timer } of this.#running.values()) clearTimeout(timer);
  }

  #run(errand: Errand): void {
    const running = { errand, why: null, failures: 0, busy: false, timer: undefined };
    this.#running.set(errand.ticket, running);
    this.#keep(errand);
    void this.#try(running);
    this.#tell();
  }

  async #try(running: Running): Promise<void> {
    if (running.busy || this.#resting) return;
    clearTimeout(running.timer);
    running.busy = true;
    const { errand } = running;
    try {
      await this.#send(errand);
      this.#end(errand);
      this.#ends.done(errand);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (this.#resting) return;
      if (error.status === 401)
        running.why = error; // gone on with when they have signed in again
      else if (error.passing) this.#again(running, error);
      else this.#refused(errand, error);
    } finally {
      running.busy = false;
      this.#tell();
    }
  }

  #again(running: Running, why: Refused): void {
    const pause = pauseAfter(running.failures, why);
    running.failures += 1;
    running.why = why;
    running.timer = setTimeout(() => void this.#try(running), pause);
  }

  #refused(errand: Errand, why: Refused): void {
    this.#end(errand);
    const has = why.kind === 'handed-off-already' ? why.members['agency'] : undefined;
    const others = errand.agencies.filter((each) => each !== has);
    if (others.length === errand.agencies.length) this.#ends.refused(errand, why);
    else if (others.length === 0) this.#ends.done({ ...errand, agencies: [] });
    else this.#run({ ...errand, agencies: others, key: this.#newKey() });
  }

  #end({ ticket }: Errand): void {
    this.#running.delete(ticket);
    this.#shelf.removeItem(this.#place + ticket);
  }

  #keep(errand: Errand): void {
    try {
      this.#shelf.setItem(this.#place + errand.ticket, JSON.stringify(errand));
    } catch {
      // full, or forbidden: it is sent all the same, for as long as this page is open
    }
  }

  #kept(): Errand[] {
    const keys = Array.from({ length: this.#shelf.length }, (_, n) => this.#shelf.key(n) ?? '');
    return keys
      .filter((key) => key.startsWith(this.#place))
      .flatMap((key) => understood(this.#shelf.getItem(key)) ?? []);
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Return the errand that a text holds; null where an older console wrote something else. */
function understood(text: string | null): Errand | null {
  try {
    const { ticket, number, agencies, key } = JSON.parse(text ?? '') as Partial<Errand>;
    const strings = Array.isArray(agencies) && agencies.every((each) => typeof each === 'string');
    if (typeof ticket !== 'string' || typeof key !== 'string' || !strings) return null;
    return { ticket, number: String(number ?? ''), agencies, key };
  } catch {
    return null;
  }
}
