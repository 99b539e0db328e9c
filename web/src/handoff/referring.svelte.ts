/** Referring callers to services: each request under one key until it is answered. */
import { SvelteSet } from 'svelte/reactivity';
import { agencyName } from '../lib/agencies.svelte';
import { api, ask, Refused, type Schemas } from '../lib/api/client';
import { unreachable } from '../lib/api/problem';
import { t } from '../lib/i18n/index.svelte';
import { valueName } from '../lib/ticket/values';
import { done, problem, warn } from '../lib/toasts.svelte';

export type How = Schemas['How'];

/** Milliseconds after which no answer is waited for any more: the connection may be dead. */
const PATIENCE = 10_000;
/** What a ticket says of a caller who was referred. */
const REFERRED = 'referred';

/** Keys of what was not answered: whoever asks for the same again repeats it. */
const keys = new Map<string, string>();
const busy = new SvelteSet<string>();

const mark = (ticket: string, service: string, how: How) => `${ticket} ${service} ${how}`;

/** Whether this is under way. */
export function isReferring(ticket: string, service: string, how: How): boolean {
  return busy.has(mark(ticket, service, how));
}

/** Refer the caller of a ticket, and say what became of it; undefined if nothing did. */
export async function refer(
  ticket: string,
  number: string,
  service: string,
  how: How,
): Promise<Schemas['HandoffDetail'] | undefined> {
  const what = mark(ticket, service, how);
  if (busy.has(what)) return undefined;
  const key = keys.get(what) ?? crypto.randomUUID();
  keys.set(what, key);
  busy.add(what);
  try {
    const answer = await post(ticket, service, how, key);
    keys.delete(what);
    done(t(`referral.done.${how}`, { number, service: agencyName(service) }), what);
    const { disposition } = answer.ticket;
    if (disposition !== null && disposition !== REFERRED)
      warn(
        t('referral.disposition', { number, disposition: valueName('disposition', disposition) }),
        t('referral.disposition.remedy'),
      );
    return answer.referral;
  } catch (error) {
    if (error instanceof Refused && !error.passing && error.status !== 401) keys.delete(what);
    problem(error);
    return undefined;
  } finally {
    busy.delete(what);
  }
}

async function post(
  ticket: string,
  agency: string,
  how: How,
  key: string,
): Promise<Schemas['ReferralView']> {
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    return await ask(
      api.POST('/v1/tickets/{ticket}/referrals', {
        params: { path: { ticket }, header: { 'idempotency-key': key } },
        body: { agency, how },
        signal,
      }),
    );
  } catch (error) {
    if (signal.aborted && !(error instanceof Refused)) throw unreachable();
    throw error;
  }
}
