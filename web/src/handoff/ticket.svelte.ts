/** The handoffs of one ticket, live, and to whom it is to go next. */
import { SvelteMap } from 'svelte/reactivity';
import { api, ask, type Refused, type Schemas } from '../lib/api/client';
import { lasting } from '../lib/live/lasting';
import { listen } from '../lib/live/live.svelte';
import { choice, type Choice, type Handoff, type Proposal } from './choice';
import { arranged, type Placed } from './order';
import { isReceived } from './received';
import { offered, type Offered } from './services';

export type Event = Schemas['HandoffEventView'];
/** Its history, and what is known by it, is missing where it is known from a notice alone. */
export type Known = Handoff & { readonly events?: readonly Event[]; readonly untold?: boolean };

/** Milliseconds between two looks: a change through another node is told by nobody. */
const LOOK = 10_000;

export class TicketHandoffs {
  readonly ticket: string;
  #handoffs = $state.raw<readonly Known[]>();
  #why = $state.raw<Refused>();
  #proposal = $state.raw<{ of: string; found: Proposal }>();
  #planless = $state.raw<Refused>();
  #added = $state.raw<readonly string[]>([]);
  readonly #decisions = new SvelteMap<string, boolean>();

  constructor(ticket: string) {
    this.ticket = ticket;
  }

  /** Whether they were read, so that it is known who has the ticket. */
  get read(): boolean {
    return this.#handoffs !== undefined;
  }

  /** Why they, or the plan, cannot be read now. */
  get why(): Refused | undefined {
    return this.#why ?? this.#planless;
  }

  /** Those to whom it was passed on from here. */
  get placed(): Placed<Known>[] {
    return arranged((this.#handoffs ?? []).filter((each) => !isReceived(each)));
  }

  /** Those by which other centres passed it on to this one. */
  get received(): Known[] {
    return (this.#handoffs ?? []).filter(isReceived);
  }

  get choice(): Choice {
    return choice(this.#proposal?.found, this.#handoffs ?? [], this.#decisions, this.#added);
  }

  /** Services to which the plan has the caller referred. */
  get services(): readonly Offered[] {
    return offered(this.#proposal?.found, this.#handoffs ?? []);
  }

  /** Whether the plan has the caller referred at all. */
  get referring(): boolean {
    return (this.#proposal?.found.referrals.length ?? 0) > 0;
  }

  /** Whether the plan shown is the one of a ticket that says this. */
  isPlanOf(what: string): boolean {
    return this.#proposal?.of === what;
  }

  /** The type has a plan. */
  get planned(): boolean {
    return this.#proposal?.found.plan_of != null;
  }

  /** Whether an agency has the ticket, and has not ended. */
  has(agency: string): boolean {
    return (this.#handoffs ?? []).some((each) => each.agency === agency && !each.ended);
  }

  /** Take in how one of them is now. */
  put(handoff: Known): void {
    const all = this.#handoffs ?? [];
    const known = all.find(({ id }) => id === handoff.id);
    if (known === undefined) this.#handoffs = [...all, handoff];
    else if (newer(handoff, known))
      this.#handoffs = all.map((each) => (each === known ? { ...known, ...handoff } : each));
  }

  /** Say that an agency is wanted, or that it is not. */
  decide(agency: string, wanted: boolean): void {
    this.#decisions.set(agency, wanted);
  }

  /** Want an agency beside the plan. */
  add(agency: string): void {
    if (!this.#added.includes(agency)) this.#added = [...this.#added, agency];
    this.decide(agency, true);
  }

  /** Forget what was decided of those to whom the ticket went: it has been done. */
  forget(agencies: readonly string[]): void {
    for (const each of agencies) this.#decisions.delete(each);
    this.#added = this.#added.filter((each) => !agencies.includes(each));
  }

  /** Keep the handoffs true until the returned function is called. For `$effect`. */
  follow(): { read: () => void; end: () => void } {
    const reading = lasting(
      () =>
        ask(
          api.GET('/v1/tickets/{ticket}/handoffs', { params: { path: { ticket: this.ticket } } }),
        ),
      ({ items }) => {
        const before = new Map((this.#handoffs ?? []).map((each) => [each.id, each]));
        this.#why = undefined;
        this.#handoffs = items.map((each) => {
          const known = before.get(each.id);
          return known !== undefined && known.version > each.version ? known : each;
        });
      },
      (why) => (this.#why = why),
    );
    reading.read();
    const deaf = listen({
      fresh: reading.read,
      notice: (notice) => {
        if (notice.kind !== 'handoff.changed') return;
        const handoff = notice['handoff'] as Handoff;
        if (handoff.ticket !== this.ticket) return;
        this.put(handoff);
        reading.read(); // for its history
      },
    });
    const looking = setInterval(reading.read, LOOK);
    return {
      read: reading.read,
      end: () => {
        clearInterval(looking);
        deaf();
        reading.end();
      },
    };
  }

  /**
   * Read the plan of the ticket, which says `what` by now, until the returned function is called.
   *
   * What was decided of another plan holds no longer; who was added beside it stays.
   */
  plan(what: string): () => void {
    if (this.#proposal !== undefined && !this.isPlanOf(what))
      for (const each of [...this.#decisions.keys()])
        if (!this.#added.includes(each)) this.#decisions.delete(each);
    const reading = lasting(
      () =>
        ask(api.GET('/v1/tickets/{ticket}/plan', { params: { path: { ticket: this.ticket } } })),
      (found) => {
        this.#planless = undefined;
        this.#proposal = { of: what, found };
      },
      (why) => (this.#planless = why),
    );
    reading.read();
    const deaf = listen({
      fresh: reading.read,
      notice({ kind }) {
        if (kind === 'directory.changed') reading.read();
      },
    });
    const looking = setInterval(reading.read, 60_000); // agencies open and close
    return () => {
      clearInterval(looking);
      deaf();
      reading.end();
    };
  }
}

/** Whether `one` is later than `other`, or the same with more about it. */
function newer(one: Known, other: Known): boolean {
  return one.version > other.version || (one.version === other.version && one.events !== undefined);
}
