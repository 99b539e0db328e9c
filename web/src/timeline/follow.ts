/** A ticket and everything that happened to it, read anew whenever something happens. */
import { api, ask, type Refused, type Schemas } from '../lib/api/client';
import { lasting } from '../lib/live/lasting';
import { listen } from '../lib/live/live.svelte';
import type { Moment } from './story';

export interface Told {
  readonly ticket: Schemas['TicketView'];
  readonly moments: readonly Moment[];
}

/** Milliseconds until what was told of is written, so that it is read. */
const SOON = 300;
/** Milliseconds between two looks: a change through another node is told by nobody. */
const LOOK = 10_000;

/** Read a ticket by its number until the returned function is called. */
export function follow(
  number: string,
  take: (told: Told) => void,
  missed: (why: Refused) => void,
): () => void {
  let id: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const params = { path: { ticket: number } };
  const reading = lasting(
    async () => {
      const [ticket, { items }] = await Promise.all([
        ask(api.GET('/v1/tickets/{ticket}', { params })),
        ask(api.GET('/v1/tickets/{ticket}/timeline', { params })),
      ]);
      return { ticket, moments: items };
    },
    (told) => {
      id = told.ticket.id;
      take(told);
    },
    missed,
  );
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(reading.read, SOON);
  };
  reading.read();
  const deaf = listen({
    fresh: reading.read,
    entry: ({ call }) => {
      if (id !== undefined && call?.ticket === id) soon();
    },
    notice: ({ kind, ticket, handoff }) => {
      const of = kind === 'handoff.changed' ? (handoff as Schemas['HandoffView']).ticket : ticket;
      if (id !== undefined && of === id) soon();
    },
  });
  const looking = setInterval(reading.read, LOOK);
  return () => {
    clearTimeout(timer);
    clearInterval(looking);
    deaf();
    reading.end();
  };
}
