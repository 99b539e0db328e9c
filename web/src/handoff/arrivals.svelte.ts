/** What other centres ask this one to do, and nobody here has opened yet. */
import { api, ask, type Schemas } from '../lib/api/client';
import { lasting } from '../lib/live/lasting';
import { listen } from '../lib/live/live.svelte';
import type { Line } from './board';
import { isUnseen } from './received';

/** Milliseconds between two looks: a change through another node is told by nobody. */
const LOOK = 30_000;
/** Where those stand that were silenced in this browser: one tab speaks for all of them. */
const HUSHED = 'sip112.hushed';

function hushed(): ReadonlySet<string> {
  try {
    return new Set(JSON.parse(localStorage.getItem(HUSHED) ?? '[]') as string[]);
  } catch {
    return new Set();
  }
}

export class Arrivals {
  #open = $state.raw<readonly Line[]>([]);
  #hushed = $state.raw(hushed());

  /** Those, whoever has waited longest first; of one that is not stored yet the next look tells. */
  readonly unseen = $derived(
    this.#open.filter((each) => isUnseen(each) && each.about).toReversed(),
  );

  /** Of how many it is to sound. */
  readonly sounding = $derived(this.unseen.filter(({ id }) => !this.#hushed.has(id)).length);

  /** Sound no more for those that there are; for the next one again. */
  hush(): void {
    this.#hushed = new Set(this.unseen.map(({ id }) => id));
    try {
      localStorage.setItem(HUSHED, JSON.stringify([...this.#hushed]));
    } catch {
      // full, or forbidden: this tab is silent all the same
    }
  }

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
    const heard = ({ key }: StorageEvent) => {
      if (key === HUSHED) this.#hushed = hushed();
    };
    addEventListener('storage', heard);
    return () => {
      removeEventListener('storage', heard);
      clearInterval(looking);
      deaf();
      reading.end();
    };
  }
}
