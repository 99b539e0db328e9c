/** Whether the agency has the page of a handoff open, and up to where it was in sight there, live. */
import { api, ask } from '../lib/api/client';
import { lasting } from '../lib/live/lasting';
import { listen } from '../lib/live/live.svelte';
import type { Presence } from './presence';
import type { Known } from './ticket.svelte';

/** Milliseconds between two looks: at a node that stands by nobody tells of it. */
const LOOK = 10_000;

export class Pages {
  #now = $state.raw<Presence>();

  /** Undefined until it was read, or while it cannot be: then nothing is known. */
  get now(): Presence | undefined {
    return this.#now;
  }

  /** Keep it true until the returned function is called. For `$effect`. */
  follow({ id, agency }: Pick<Known, 'id' | 'agency'>): () => void {
    this.#now = undefined;
    const reading = lasting(
      () =>
        ask(
          api.GET('/v1/handoffs/{handoff_id}/presence', { params: { path: { handoff_id: id } } }),
        ),
      (found) => (this.#now = found),
      () => (this.#now = undefined),
    );
    reading.read();
    const deaf = listen({
      fresh: reading.read,
      notice: (notice) => {
        if (notice.kind !== 'presence.changed') return;
        if (notice['handoff'] === id || notice['agency'] === agency) reading.read();
      },
    });
    const looking = setInterval(reading.read, LOOK);
    return () => {
      clearInterval(looking);
      deaf();
      reading.end();
    };
  }
}
