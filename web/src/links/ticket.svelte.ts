/** The tickets that belong together with one, and those that may: kept true while they are shown. */
import { api, ask, type Refused, type Schemas } from '../lib/api/client';
import { lasting } from '../lib/live/lasting';
import { listen } from '../lib/live/live.svelte';
import type { Similar } from './reasons';

export type Linked = Schemas['LinkView'];

/** Milliseconds between two looks: a change through another node is told by nobody. */
const LOOK = 10_000;
/** And at what may be similar, which costs more; on a day of floods everybody's desk asks. */
const LOOK_AROUND = 30_000;
/** And after somebody has changed another ticket, or called. */
const SOON = 3_000;

/** What of a ticket decides to which others it belongs, or may. */
const TELLING = new Set(['duplicate_of', 'duplicates', 'related', 'incident_type', 'latitude']);

export class TicketLinks {
  readonly ticket: string;
  #links = $state.raw<Schemas['TicketLinks']>();
  #similar = $state.raw<readonly Similar[]>([]);
  #why = $state.raw<Refused>();

  constructor(ticket: string) {
    this.ticket = ticket;
  }

  /** Whether it is known what belongs together with it. */
  get read(): boolean {
    return this.#links !== undefined;
  }

  get why(): Refused | undefined {
    return this.#why;
  }

  get duplicateOf(): Linked | null {
    return this.#links?.duplicate_of ?? null;
  }

  get duplicates(): readonly Linked[] {
    return this.#links?.duplicates ?? [];
  }

  get related(): readonly Linked[] {
    return this.#links?.related ?? [];
  }

  get similar(): readonly Similar[] {
    return this.#similar;
  }

  /** Keep it true until the returned function is called; `suggesting` asks for similar ones too. */
  follow(suggesting: boolean): { read: () => void; end: () => void } {
    const params = { path: { ticket: this.ticket } };
    const missed = (why: Refused) => (this.#why = why);
    const linked = lasting(
      () => ask(api.GET('/v1/tickets/{ticket}/links', { params })),
      (found) => {
        this.#why = undefined;
        this.#links = found;
      },
      missed,
    );
    const similar = lasting(
      () => ask(api.GET('/v1/tickets/{ticket}/similar', { params })),
      ({ items }) => {
        this.#why = undefined;
        this.#similar = items;
      },
      missed,
    );
    let timer: ReturnType<typeof setTimeout> | undefined;
    const around = () => {
      clearTimeout(timer);
      timer = undefined;
      if (suggesting) similar.read();
    };
    const read = () => {
      linked.read();
      around();
    };
    const soon = () => (timer ??= setTimeout(read, SOON)); // the first of a crowd decides when
    const deaf = listen({
      fresh: read,
      entry: ({ kind }) => {
        if (kind === 'call.arrived') soon();
      },
      notice: (notice) => {
        if (notice.kind !== 'ticket.changed') return;
        const fields = notice['fields'];
        const tells = Array.isArray(fields) && fields.some((each) => TELLING.has(String(each)));
        if (notice['ticket'] === this.ticket && tells) read();
        else soon();
      },
    });
    const looking = [setInterval(linked.read, LOOK), setInterval(around, LOOK_AROUND)];
    read();
    return {
      read,
      end: () => {
        for (const each of looking) clearInterval(each);
        clearTimeout(timer);
        deaf();
        linked.end();
        similar.end();
      },
    };
  }
}
