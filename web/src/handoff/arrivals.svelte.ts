/** What other centres ask this one to do, and nobody here has opened yet. */
import { api, ask, type Schemas } from '../lib/api/client';
import { lasting } from '../lib/live/lasting';
import { listen } from '../lib/live/live.svelte';
import type { Line } from './board';
import { isUnseen } from './received';

/** Milliseconds between two looks: a change through another node is told by nobody. */
const LOOK = 30_000;

export class Arrivals {
  #open = $state.raw<readonly Line[]>([]);

  /** Those, whoever has waited longest first; of one that is not stored yet the next look tells. */
  readonly unseen = $derived(
    this.#open.filter((each) => isUnseen(each) && each.about).toReversed(),
  );

  /** Keep it true until the returned function is called. For `$effect`. */
  follow(): () => void {
    const query = { purpose: 'received', ended: false, limit: 50 } as const;
    const reading = lasting(
      () => ask(api.GET('/v1/handoffs', { params: { query } })),
      ({ items }) => (this.#open = items),
      () => undefined, // the bar says that the service is away
    );
    reading.read();
    const deaf = listen({
      fresh: reading.read,
      notice: (notice) => {
        const handoff = notice['handoff'] as Schemas['HandoffView'] | undefined;
        if (notice.kind === 'handoff.changed' && handoff?.purpose === 'received') reading.read();
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
