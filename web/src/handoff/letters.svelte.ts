/** The messages that were given up, live; each is sent again by one command. */
import { SvelteSet } from 'svelte/reactivity';
import { agencyName } from '../lib/agencies.svelte';
import { api, ask, type Refused, type Schemas } from '../lib/api/client';
import { t } from '../lib/i18n/index.svelte';
import { lasting } from '../lib/live/lasting';
import { listen } from '../lib/live/live.svelte';
import { done, problem } from '../lib/toasts.svelte';

export type Letter = Schemas['DeadLetterLine'];

/** The most that the service gives at once; more than these nobody resends one by one. */
const PAGE = 200;
/** Milliseconds between two looks: not each of them is told. */
const LOOK = 10_000;

export class Letters {
  #letters = $state.raw<readonly Letter[]>();
  #more = $state(false);
  #why = $state.raw<Refused>();
  /** Those that are being sent again. */
  readonly #busy = new SvelteSet<string>();
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
      const params = { path: { message_id: id } };
      await ask(api.POST('/v1/dead-letters/{message_id}/resend', { params }));
      this.#letters = this.#letters?.filter((each) => each.id !== id);
      done(t('letter.resent', { agency: agencyName(agency) }), id);
    } catch (wrong) {
      problem(wrong);
    } finally {
      this.#busy.delete(id);
      this.#again();
    }
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
        if (kind === 'handoff.changed') reading.read();
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
