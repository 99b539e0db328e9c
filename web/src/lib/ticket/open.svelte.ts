/** The tickets on which somebody writes in this tab, each with its keeper. */
import { createSubscriber, SvelteMap } from 'svelte/reactivity';
import { api, ask, askWhole } from '../api/client';
import { listen } from '../live/live.svelte';
import { session } from '../session.svelte';
import { Drafts } from './draft';
import { bodyOf, type Patch, type Ticket } from './fields';
import { Keeper, type View } from './keeper';

export type { View } from './keeper';

/** Milliseconds between two looks at a ticket: a change through another node is told by nobody. */
const LOOK = 10_000;

const service = {
  async read(ticket: string, known: number | null): Promise<Ticket | null> {
    const answer = await api.GET('/v1/tickets/{ticket}', {
      params: { path: { ticket } },
      headers: known === null ? {} : { 'If-None-Match': `"${known}"` },
    });
    if (answer.response.status === 304) return null;
    return (await ask(Promise.resolve(answer))) as Ticket;
  },

  async change(ticket: string, patch: Patch, version: number): Promise<Ticket> {
    const { data } = await askWhole(
      api.PATCH('/v1/tickets/{ticket}', {
        params: { path: { ticket }, header: { 'if-match': `"${version}"` } },
        headers: { 'Content-Type': 'application/merge-patch+json' },
        body: bodyOf(patch) as never,
      }),
    );
    return data as Ticket;
  },
};

/** A ticket on which one writes; its `view` is followed by whoever shows it. */
export class OpenTicket {
  readonly keeper: Keeper;
  readonly #follow: () => void;

  constructor(keeper: Keeper) {
    this.keeper = keeper;
    this.#follow = createSubscriber((update) => keeper.listen(update));
  }

  get id(): string {
    return this.keeper.id;
  }

  get view(): View {
    this.#follow();
    return this.keeper.view;
  }
}

const tickets = new SvelteMap<string, OpenTicket>();
let drafts: Drafts | undefined;

/** Begin to write: take up the drafts that are kept here. The returned function ends it. */
export function begin(shelf: Storage = localStorage): () => void {
  drafts = new Drafts(shelf, session().centre, session().agent.id);
  for (const ticket of drafts.tickets()) open(ticket, '');
  const deaf = listen({
    notice(notice) {
      if (notice.kind !== 'ticket.changed') return;
      const { ticket, version, by } = notice;
      tickets.get(String(ticket))?.keeper.heard(Number(version), String(by));
    },
    fresh: nudge,
  });
  const looking = setInterval(() => {
    for (const { keeper } of tickets.values()) keeper.look();
  }, LOOK);
  addEventListener('online', nudge);
  return () => {
    deaf();
    clearInterval(looking);
    removeEventListener('online', nudge);
    for (const { keeper } of tickets.values()) keeper.rest();
    tickets.clear();
    drafts = undefined;
  };
}

function nudge(): void {
  for (const { keeper } of tickets.values()) keeper.nudge();
}

/** Return a ticket; those that nobody needs any more are put away. */
export function open(ticket: string, number: string): OpenTicket {
  if (!drafts) throw new Error('nobody has begun to write');
  for (const [id, { keeper }] of tickets)
    if (id !== ticket && keeper.settled) {
      keeper.rest();
      tickets.delete(id);
    }
  const known = tickets.get(ticket);
  if (known) return known;
  const opened = new OpenTicket(new Keeper(ticket, number, service, drafts));
  tickets.set(ticket, opened);
  return opened;
}

/** Return the tickets with something that is not saved. */
export function unsaved(): OpenTicket[] {
  return [...tickets.values()].filter((each) => each.view.saving.kind !== 'saved');
}
