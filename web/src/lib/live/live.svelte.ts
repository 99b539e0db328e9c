/** What happens in the centre, live: calls, seats, and whether we hear of them. */
import { SvelteMap } from 'svelte/reactivity';
import { api, ask, credentials } from '../api/client';
import { apply, replace, Seen, type CallView, type EventView, type SeatView } from './reducer';
import { follow } from './stream';

export type { CallView, EventView, SeatView } from './reducer';

/** `live`: all is heard; `connecting`: for the first time; `cut`: not heard since `since`. */
export type LinkState = 'connecting' | 'live' | 'cut';

/** Something that is told once and never again; whoever was away reads state anew. */
export interface Notice {
  readonly kind: string;
  readonly at: string;
  readonly [detail: string]: unknown;
}

interface Listener {
  entry?(entry: EventView): void;
  notice?(notice: Notice): void;
  /** State was read anew, at first and after each cut: read again what only you know. */
  fresh?(): void;
}

const known = {
  calls: new SvelteMap<string, CallView>(),
  seats: new SvelteMap<string, SeatView>(),
};
const link = $state<{ state: LinkState; since: number }>({ state: 'connecting', since: 0 });
const listeners = new Set<Listener>();

/** The calls in progress, by id. */
export const calls: ReadonlyMap<string, CallView> = known.calls;
/** All seats of the centre, by name. */
export const seats: ReadonlyMap<string, SeatView> = known.seats;

export function linkState(): LinkState {
  return link.state;
}

/** Return since when nothing is heard, in milliseconds since 1970 by this computer's clock. */
export function cutSince(): number {
  return link.since;
}

/** Hear what happens, until the returned function is called. For `$effect`. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell<K extends keyof Listener>(name: K, value?: EventView | Notice): void {
  for (const listener of [...listeners])
    (listener[name] as ((it: unknown) => void) | undefined)?.(value);
}

/** Begin to follow the centre; the returned function ends it. */
export function start(): () => void {
  const seen = new Seen();
  /** Entries that came while the snapshot is on its way; null when it is there. */
  let early: EventView[] | null = [];
  let stopped = false;
  let round = 0;

  function take(entry: EventView): void {
    if (seen.before(entry)) return;
    apply(known, entry);
    tell('entry', entry);
  }

  /** Read what is, after the stream has opened: nothing can fall between the two. */
  async function snapshot(of: number): Promise<void> {
    for (;;) {
      try {
        const [live, places] = await Promise.all([
          ask(api.GET('/v1/calls/live')),
          ask(api.GET('/v1/seats')),
        ]);
        if (stopped || of !== round) return;
        replace(known, live.items, places.items);
        const waiting = early ?? [];
        early = null;
        waiting.forEach(take);
        link.state = 'live';
        tell('fresh');
        return;
      } catch {
        if (stopped || of !== round) return;
        await new Promise((resolve) => setTimeout(resolve, 500));
        if (stopped || of !== round) return;
      }
    }
  }

  link.state = 'connecting';
  const end = follow(() => `${credentials.prefix}/v1/events`, {
    opened() {
      early = [];
      round += 1;
      void snapshot(round);
    },
    message({ event, data }) {
      if (event === 'notice') {
        tell('notice', JSON.parse(data) as Notice);
        return;
      }
      const entry = JSON.parse(data) as EventView;
      if (early === null) take(entry);
      else early.push(entry);
    },
    closed(status) {
      round += 1;
      if (link.state === 'live') link.since = Date.now();
      else if (link.state === 'connecting' && link.since === 0) link.since = Date.now();
      link.state = 'cut';
      if (status === 401) credentials.expired();
    },
  });
  return () => {
    stopped = true;
    end();
    known.calls.clear();
    known.seats.clear();
    link.state = 'connecting';
    link.since = 0;
  };
}
