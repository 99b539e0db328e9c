/** What whoever is signed in is handing on, in this tab; it goes on from page to page. */
import { agencyName } from '../lib/agencies.svelte';
import { api, ask, Refused } from '../lib/api/client';
import { unreachable } from '../lib/api/problem';
import { t } from '../lib/i18n/index.svelte';
import { listen } from '../lib/live/live.svelte';
import { session } from '../lib/session.svelte';
import { done, problem } from '../lib/toasts.svelte';
import { Errands, type Errand, type Underway } from './errands';

/** Milliseconds after which no answer is waited for any more: the connection may be dead. */
const PATIENCE = 10_000;

type Ended = (ticket: string, agencies: readonly string[]) => void;

let errands: Errands | undefined;
let shown = $state.raw<readonly Underway[]>([]);
const ended = new Set<Ended>();

async function send({ ticket, agencies, key }: Errand): Promise<void> {
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    await ask(
      api.POST('/v1/tickets/{ticket}/handoffs', {
        params: { path: { ticket }, header: { 'idempotency-key': key } },
        body: { agencies: [...agencies] },
        signal,
      }),
    );
  } catch (error) {
    if (signal.aborted && !(error instanceof Refused)) throw unreachable();
    throw error;
  }
}

const ends = {
  done({ ticket, number, agencies }: Errand): void {
    const names = agencies.map(agencyName).join(', ');
    done(
      names ? t('handoff.done', { number, agencies: names }) : t('handoff.done.before', { number }),
      ticket,
    );
    for (const each of [...ended]) each(ticket, agencies);
  },
  refused({ ticket }: Errand, why: Refused): void {
    problem(why);
    for (const each of [...ended]) each(ticket, []);
  },
};

/** Begin: go on with what is kept here. The returned function ends it. For `$effect`. */
export function followErrands(): () => void {
  const place = `${session().centre}/${session().agent.id}`;
  const ours = new Errands(send, ends, sessionStorage, place, () => crypto.randomUUID());
  errands = ours;
  const look = () => (shown = ours.all);
  look();
  const unseen = ours.listen(look);
  const nudge = () => ours.nudge();
  const deaf = listen({ fresh: nudge });
  addEventListener('online', nudge);
  return () => {
    deaf();
    removeEventListener('online', nudge);
    ours.rest();
    unseen();
    errands = undefined;
    shown = [];
  };
}

/** Return what is under way. */
export function underway(): readonly Underway[] {
  return shown;
}

/** Hand a ticket on, unless that is under way already. */
export function handOn(ticket: string, number: string, agencies: readonly string[]): void {
  errands?.begin(ticket, number, agencies);
}

/** Hear when one has ended, and to whom the ticket went, until the returned function is called. */
export function whenEnded(told: Ended): () => void {
  ended.add(told);
  return () => ended.delete(told);
}
