/** The messages that were given up, live; each is sent again by one command, or all of an agency. */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { agencyName } from '../lib/agencies.svelte';
import { api, ask, type Refused, type Schemas } from '../lib/api/client';
import { t } from '../lib/i18n/index.svelte';
import { lasting } from '../lib/live/lasting';
import { listen } from '../lib/live/live.svelte';
import { done, problem, warn, words } from '../lib/toasts.svelte';
import { inOrder, oneByOne, several, type Outcome } from './resending';

export type Letter = Schemas['DeadLetterLine'];

/** The most that the service gives at once; more than these nobody looks through. */
const PAGE = 200;
/** Milliseconds between two looks: a change through another node is told by nobody. */
const LOOK = 10_000;
/** Of how many it is said by their tickets that they were refused. */
const NAMED = 5;

/** How far it has come to send all of an agency again. */
export interface Progress {
  readonly sent: number;
  /** How many there are; undefined until those that are not shown were read too. */
  readonly of: number | undefined;
}

export class Letters {
  #letters = $state.raw<readonly Letter[]>();
  #more = $state(false);
  #why = $state.raw<Refused>();
  /** Those that are being sent again. */
  readonly #busy = new SvelteSet<string>();
  /** Agencies all of whose messages are being sent again. */
  readonly #runs = new SvelteMap<string, Progress>();
  /** Agencies to which several are given up, the most first. */
  readonly several = $derived(several(this.#letters ?? []));
  #again: () => void = () => undefined;

  /** Newest first; undefined until they were read. */
  get all(): readonly Letter[] | undefined {
    return this.#letters;
  }

  /** Whether there are older ones than those. */
  get more(): boolean {
    return this.#more;
  }

  /** Why they cannot be read now. */
  get why(): Refused | undefined {
    return this.#why;
  }

  busy(id: string): boolean {
    return this.#busy.has(id);
  }

  /** Have one be sent again; if that fails too, it comes back. */
  async resend({ id, agency }: Letter): Promise<void> {
    if (this.#busy.has(id)) return;
    this.#busy.add(id);
    try {
      await again(id);
      this.#gone(id);
      done(t('letter.resent', { agency: agencyName(agency) }), id);
    } catch (wrong) {
      problem(wrong);
    } finally {
      this.#busy.delete(id);
      this.#again();
    }
  }

  /** How far it has come to send all of an agency again; undefined where nobody does here. */
  progress(agency: string): Progress | undefined {
    return this.#runs.get(agency);
  }

  /** The agencies of which all are being sent again. */
  get running(): string[] {
    return [...this.#runs.keys()];
  }

  /** Have all to an agency be sent again that are given up by now, one after the other. */
  async resendAll(agency: string): Promise<void> {
    if (this.#runs.has(agency)) return;
    this.#runs.set(agency, { sent: 0, of: undefined });
    try {
      const letters = inOrder(await everyLetter(), agency);
      const of = letters.length;
      this.#runs.set(agency, { sent: 0, of });
      let sent = 0;
      const outcome = await oneByOne(
        letters,
        ({ id }) => again(id),
        ({ id }) => {
          this.#gone(id);
          this.#runs.set(agency, { sent: ++sent, of });
        },
      );
      tell(agency, of, outcome);
    } catch (wrong) {
      problem(wrong);
    } finally {
      this.#runs.delete(agency);
      this.#again();
    }
  }

  #gone(id: string): void {
    this.#letters = this.#letters?.filter((each) => each.id !== id);
  }

  /** Keep them true until the returned function is called. For `$effect`. */
  follow(): () => void {
    const reading = lasting(
      () => ask(api.GET('/v1/dead-letters', { params: { query: { limit: PAGE } } })),
      ({ items, next }) => {
        this.#why = undefined;
        this.#letters = items;
        this.#more = next !== null;
      },
      (why) => (this.#why = why),
    );
    this.#again = reading.read;
    reading.read();
    const deaf = listen({
      fresh: reading.read,
      notice: ({ kind }) => {
        // the end of a handoff takes back what was given up of it
        if (kind === 'message.changed' || kind === 'handoff.changed') reading.read();
      },
    });
    const looking = setInterval(reading.read, LOOK);
    return () => {
      this.#again = () => undefined;
      clearInterval(looking);
      deaf();
      reading.end();
    };
  }
}

async function again(id: string): Promise<void> {
  const params = { path: { message_id: id } };
  await ask(api.POST('/v1/dead-letters/{message_id}/resend', { params }));
}

/** Return all that are given up, also those that are not shown, newest first. */
async function everyLetter(): Promise<Letter[]> {
  const found: Letter[] = [];
  for (let cursor: string | null = null; ;) {
    const query = { limit: PAGE, ...(cursor === null ? {} : { cursor }) };
    const part: Schemas['DeadLetterPage'] = await ask(
      api.GET('/v1/dead-letters', { params: { query } }),
    );
    found.push(...part.items);
    cursor = part.next;
    if (cursor === null) return found;
  }
}

/** Say what came of sending all of an agency again. */
function tell(code: string, of: number, outcome: Outcome<Letter>): void {
  const { sent, refused, stopped, left } = outcome;
  const agency = agencyName(code);
  if (stopped !== undefined) {
    const { text, remedy } = words(stopped);
    warn(
      t('letter.resent.stopped', { agency, sent, of, why: text }),
      [t('letter.resent.left', { n: left }), remedy].join(' '),
    );
  } else if (refused.length === 0) done(t('letter.resent.all', { agency, n: sent }), code);
  if (refused.length > 0) {
    const numbers = refused.map(({ letter }) => letter.about?.number ?? letter.ticket);
    const tickets = [...new Set(numbers)];
    const more = tickets.length > NAMED ? ' …' : '';
    const { text, remedy } = words(refused[0]?.why);
    warn(
      t('letter.resent.refused', {
        agency,
        n: refused.length,
        of,
        tickets: tickets.slice(0, NAMED).join(', ') + more,
        why: text,
      }),
      remedy,
    );
  }
}
