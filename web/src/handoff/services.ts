/** Services, to which callers are referred whose call is no emergency. */
import type { Agency } from '../lib/agencies.svelte';
import type { Handoff, Proposal, WhyNot } from './choice';

/** By what callers reach one, in the order in which they are told of it: as the SMS has it. */
const PUBLIC = ['voice', 'whatsapp', 'sms', 'email', 'telegram'] as const;

/** What a caller is told of: a way, and the number or address. */
export interface Told {
  readonly channel: (typeof PUBLIC)[number];
  readonly address: string;
}

/** Return what callers are told of a service; undefined if it has nothing of its own. */
export function told(service: Agency): Told | undefined {
  for (const channel of PUBLIC) {
    const address = service.channels.find(({ kind }) => kind === channel)?.address.trim();
    if (address) return { channel, address };
  }
  return undefined;
}

/** A service to which the plan has the caller referred. */
export interface Offered {
  readonly service: string;
  /** Whether it is closed now, or acts elsewhere, if the plan leaves it out for that. */
  readonly reason: Exclude<WhyNot, 'inactive'> | null;
}

/** Return the services of the plan, each once, without those to which the caller is referred. */
export function offered(
  proposal: Proposal | undefined,
  handoffs: readonly Handoff[],
): readonly Offered[] {
  const has = new Set(
    handoffs
      .filter(({ purpose, step }) => purpose === 'referral' && step !== 'cancelled')
      .map(({ agency }) => agency),
  );
  const found = new Map<string, Offered>();
  for (const need of proposal?.referrals ?? []) {
    for (const { agency } of need.candidates) found.set(agency, { service: agency, reason: null });
    for (const { agency, reason } of need.left_out)
      if (reason !== 'inactive' && !found.has(agency))
        found.set(agency, { service: agency, reason });
  }
  return [...found.values()].filter(({ service }) => !has.has(service));
}
