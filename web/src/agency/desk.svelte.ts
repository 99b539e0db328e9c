/**
 * The desk of an agency: what was handed to it, as it changes, and the answers to it.
 *
 * The service tells which incident has changed, and is asked for it then. What changed through
 * another node it cannot tell, so all is read again every few seconds too, however little is shown:
 * whoever is not looking has to hear of a new one.
 */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { api, ask, credentials } from '../lib/api/client';
import { anew } from '../lib/live/anew';
import { follow } from '../lib/live/stream';
import { askingFor } from './account';
import { news, ringing, type Line, type Listing } from './alert';
import { Answering, type State } from './answering';
import type { Keep } from './keep';

const READ_MS = 10_000;

/** An incident that was opened on this page. */
export class Opened {
  readonly answering: Answering;
  shown = $state.raw<State>();
  /** What is being written, and stays while another incident is looked at. */
  note = $state('');

  constructor(handoff: string, keep: Keep) {
    this.answering = new Answering(askingFor(handoff), keep, (told) => (this.shown = told));
  }

  get waits(): boolean {
    return (this.shown?.waiting.length ?? 0) > 0;
  }
}

export class AgencyDesk {
  listing = $state.raw<Listing>();
  /** Whether the list could be read the last time. */
  reached = $state(true);
  private readonly opened = new SvelteMap<string, Opened>();
  private readonly seen = new SvelteSet<string>();
  private shown: () => string | undefined = () => undefined;

  constructor(private readonly keep: Keep) {}

  /** Those of which the page rings now. */
  get rings(): Line[] {
    return ringing(this.listing?.items ?? [], this.seen);
  }

  /** Whether something that was answered has not been sent. */
  get waits(): boolean {
    return [...this.opened.values()].some((each) => each.waits);
  }

  of(handoff: string): Opened | undefined {
    return this.opened.get(handoff);
  }

  /** Look at an incident: it is read, and the page rings no more for what there is of it. */
  open(handoff: string): void {
    this.see(handoff);
    void this.known(handoff).answering.again();
  }

  /** Take it that what is shown is looked at, if the page is. */
  private readonly look = (): void => {
    const handoff = this.shown();
    if (handoff !== undefined && document.visibilityState === 'visible') this.see(handoff);
  };

  /** Take it that somebody looks at what there is of an incident. */
  private see(handoff: string): void {
    const line = this.listing?.items.find((each) => each.handoff === handoff);
    if (line !== undefined) this.seen.add(news(line));
  }

  /** Ring no more for what is new now. */
  hush(): void {
    for (const each of this.rings) this.seen.add(news(each));
  }

  /** Follow the service until the returned function is called. */
  start(shown: () => string | undefined): () => void {
    this.shown = shown;
    const list = anew(
      () => this.read(),
      (found) => this.take(found),
    );
    const again = (handoff: string | undefined): void => {
      if (handoff !== undefined) void this.opened.get(handoff)?.answering.again();
    };
    const all = (): void => {
      list.read();
      again(shown());
      for (const each of this.opened.values()) if (each.waits) void each.answering.refresh();
    };
    const timer = setInterval(all, READ_MS);
    const networks = ['online', 'offline'] as const; // to say so at once
    for (const each of networks) addEventListener(each, all);
    document.addEventListener('visibilitychange', this.look);
    const end = follow(() => `${credentials.prefix}/v1/agency-desk/events`, {
      opened: all,
      message: ({ data }) => {
        list.read();
        again((JSON.parse(data) as { handoff: string }).handoff);
      },
      closed: (status) => {
        if (status === 401) credentials.expired();
        else if (status === null) this.reached = false;
      },
    });
    return () => {
      clearInterval(timer);
      for (const each of networks) removeEventListener(each, all);
      document.removeEventListener('visibilitychange', this.look);
      end();
      list.end();
    };
  }

  private async read(): Promise<Listing> {
    try {
      const found = await ask(api.GET('/v1/agency-desk/incidents'));
      this.reached = true;
      return found;
    } catch (error) {
      this.reached = false;
      throw error;
    }
  }

  private take(found: Listing): void {
    this.listing = found;
    this.look();
    // what an earlier page could not send, of whatever is not looked at now
    for (const { handoff } of found.items)
      if (!this.opened.has(handoff) && this.keep.get(handoff) !== '')
        void this.known(handoff).answering.refresh();
  }

  private known(handoff: string): Opened {
    let opened = this.opened.get(handoff);
    if (opened === undefined) {
      opened = new Opened(handoff, this.keep);
      this.opened.set(handoff, opened);
    }
    return opened;
  }
}
