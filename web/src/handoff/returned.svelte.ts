/** Handoffs that have come back, live; see `returned`. */
import { SvelteSet } from 'svelte/reactivity';
import type { Schemas } from '../lib/api/client';
import { lasting } from '../lib/live/lasting';
import { listen } from '../lib/live/live.svelte';
import { board } from './board';
import { readBoard } from './board.svelte';
import { concerns, mark, returned, type Back } from './returned';

/** Milliseconds between two looks: a change through another node is told by nobody. */
const LOOK = 30_000;

/** What whoever sits here has put away, for as long as the page is open. */
const away = new SvelteSet<string>();

export class Returns {
  #placed = $state.raw<readonly Back[]>([]);

  readonly all = $derived(returned(this.#placed, away));

  putAway(back: Back): void {
    away.add(mark(back));
  }

  /** Keep it true until the returned function is called. For `$effect`. */
  follow(): () => void {
    const reading = lasting(
      readBoard,
      ({ open, ended }) => (this.#placed = board(open, ended)),
      () => undefined, // the bar says that the service is away
    );
    reading.read();
    const deaf = listen({
      fresh: reading.read,
      notice: (notice) => {
        if (notice.kind === 'handoff.changed') {
          const handoff = notice['handoff'] as Schemas['HandoffView'];
          if (
            concerns(
              handoff,
              this.#known(({ id }) => id),
            )
          )
            reading.read();
        } else if (notice.kind === 'ticket.changed') {
          if (this.#known(({ ticket }) => ticket).has(String(notice['ticket']))) reading.read();
        }
      },
    });
    const looking = setInterval(reading.read, LOOK);
    return () => {
      clearInterval(looking);
      deaf();
      reading.end();
    };
  }

  #known(of: (handoff: Back['handoff']) => string): ReadonlySet<string> {
    return new Set(this.all.map(({ handoff }) => of(handoff)));
  }
}
