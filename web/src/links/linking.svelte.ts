/** Saying that tickets belong together: each request under one key until it is answered. */
import { SvelteSet } from 'svelte/reactivity';
import { agencyName } from '../lib/agencies.svelte';
import { api, ask, Refused, type Schemas } from '../lib/api/client';
import { unreachable } from '../lib/api/problem';
import { t } from '../lib/i18n/index.svelte';
import { done, problem, warn } from '../lib/toasts.svelte';

export type Kind = Schemas['LinkKind'];
type Linking = Schemas['LinkingView'];

/** Milliseconds after which no answer is waited for any more: the connection may be dead. */
const PATIENCE = 10_000;

/** Keys of what was not answered: whoever says the same again repeats it. */
const keys = new Map<string, string>();
const busy = new SvelteSet<string>();

/** Whether something is said of this ticket at this moment, or taken back. */
export function isLinking(ticket: string): boolean {
  return busy.has(ticket);
}

/** Say what another ticket, by its id or number, is to one; undefined if that was not done. */
export async function link(
  ticket: string,
  number: string,
  kind: Kind,
  other: string,
): Promise<Linking | undefined> {
  const what = `${ticket} ${kind} ${other}`;
  const key = keys.get(what) ?? crypto.randomUUID();
  keys.set(what, key);
  try {
    const made = await alone(ticket, (signal) =>
      api.POST('/v1/tickets/{ticket}/links', {
        params: { path: { ticket }, header: { 'idempotency-key': key } },
        body: { kind, ticket: other },
        signal,
      }),
    );
    if (made === undefined) return undefined;
    keys.delete(what);
    const { duplicate_of, related } = made.links;
    const there = kind === 'duplicate' ? duplicate_of : related.find(({ id }) => id === made.link);
    done(t(`links.done.${kind}`, { number, other: there?.ticket.number ?? other }), ticket);
    if (made.held.length > 0)
      warn(t('links.held', { number, agencies: made.held.map(agencyName).join(', ') }));
    return made;
  } catch (error) {
    if (error instanceof Refused && !error.passing && error.status !== 401) keys.delete(what);
    problem(error);
    return undefined;
  }
}

/** Take back what was said of a ticket and another one; returns whether it is. */
export async function unlink(
  ticket: string,
  number: string,
  link: { readonly id: string; readonly kind: Kind; readonly ticket: { readonly number: string } },
): Promise<boolean> {
  try {
    const gone = await alone(ticket, (signal) =>
      api.DELETE('/v1/tickets/{ticket}/links/{link_id}', {
        params: { path: { ticket, link_id: link.id } },
        signal,
      }),
    );
    if (gone === undefined) return false;
    done(t(`links.undone.${link.kind}`, { number, other: link.ticket.number }), ticket);
    return true;
  } catch (error) {
    problem(error);
    return false;
  }
}

/** Ask, unless something is asked of this ticket already. */
async function alone(
  ticket: string,
  asks: (signal: AbortSignal) => Promise<{ data?: unknown; error?: unknown; response: Response }>,
): Promise<Linking | undefined> {
  if (busy.has(ticket)) return undefined;
  busy.add(ticket);
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    return (await ask(asks(signal))) as Linking;
  } catch (error) {
    if (signal.aborted && !(error instanceof Refused)) throw unreachable();
    throw error;
  } finally {
    busy.delete(ticket);
  }
}
