/**
 * In which order the handoffs of a ticket are shown: first what wants a person.
 *
 * A handoff that was declined wants one until the ticket was passed on to somebody else instead:
 * each later handoff stands for one that was declined before it.
 */
import type { Handoff } from './choice';

/** `declined`: somebody else is wanted; `alarm`: nobody was reached; then those that go on. */
export type Standing = 'declined' | 'alarm' | 'open' | 'ended';

const RANKS: readonly Standing[] = ['declined', 'alarm', 'open', 'ended'];

export interface Placed<H extends Handoff> {
  readonly handoff: H;
  readonly standing: Standing;
}

export function arranged<H extends Handoff>(handoffs: readonly H[]): Placed<H>[] {
  const replaced = replacements(handoffs);
  return handoffs
    .map((handoff) => ({ handoff, standing: standing(handoff, replaced) }))
    .sort(
      (a, b) =>
        RANKS.indexOf(a.standing) - RANKS.indexOf(b.standing) ||
        a.handoff.requested_at.localeCompare(b.handoff.requested_at),
    );
}

function standing(handoff: Handoff, replaced: ReadonlySet<string>): Standing {
  if (asked(handoff) && handoff.step === 'declined' && !replaced.has(handoff.id)) return 'declined';
  if (handoff.ended) return 'ended';
  return handoff.alarmed_at === null ? 'open' : 'alarm';
}

/** Whether the agency was asked to act: not so where it asks us, or the caller was referred to it. */
function asked({ purpose }: Handoff): boolean {
  return purpose === 'handoff';
}

/** Return the declined ones in whose place somebody else was asked. */
function replacements(handoffs: readonly Handoff[]): Set<string> {
  const later = handoffs.filter(asked).sort((a, b) => a.requested_at.localeCompare(b.requested_at));
  const declined = later
    .filter(({ step }) => step === 'declined')
    .sort((a, b) => a.since.localeCompare(b.since));
  const replaced = new Set<string>();
  for (const each of declined) {
    const at = later.findIndex(({ requested_at }) => requested_at > each.since);
    if (at < 0) break; // nor is there a later one for those that were declined later
    later.splice(at, 1);
    replaced.add(each.id);
  }
  return replaced;
}
