/**
 * The handoffs of all tickets that go on: which of them are shown, and in which order.
 *
 * First whom nobody has reached, then who declined while nobody was asked instead, then what
 * escalates next, then what waits for nothing but the agency. Of those that have ended only the
 * declined ones can want a person.
 */
import type { Schemas } from '../lib/api/client';
import { arranged, type Placed } from './order';

export type Line = Schemas['HandoffLine'];
export type Purpose = Line['purpose'];

export const PURPOSES: readonly Purpose[] = ['handoff', 'received', 'referral'];

const RANKS = ['alarm', 'declined', 'open'] as const;

/** After every time that there is. */
const NEVER = '9999';

export interface Filter {
  readonly purposes: readonly string[];
  /** Code of an agency; empty for all of them. */
  readonly agency: string;
  /** Only those that want a person. */
  readonly wanting: boolean;
}

/** Return what is to be shown of what was read, in order; `ended` are the last that have ended. */
export function board(open: readonly Line[], ended: readonly Line[]): Placed<Line>[] {
  const tickets = new Map<string, Line[]>();
  for (const each of [...open, ...ended]) {
    const of = tickets.get(each.ticket);
    if (of === undefined) tickets.set(each.ticket, [each]);
    else of.push(each);
  }
  return [...tickets.values()]
    .flatMap((of) => arranged(of))
    .filter(({ handoff, standing }) =>
      standing === 'declined' ? handoff.about?.status === 'open' : standing !== 'ended',
    )
    .sort(
      (a, b) =>
        rank(a) - rank(b) ||
        (a.handoff.due_at ?? NEVER).localeCompare(b.handoff.due_at ?? NEVER) ||
        a.handoff.since.localeCompare(b.handoff.since),
    );
}

function rank({ standing }: Placed<Line>): number {
  return RANKS.indexOf(standing as (typeof RANKS)[number]);
}

/** Whether it waits for somebody who works in the centre. */
export function wants({ handoff, standing }: Placed<Line>): boolean {
  return (
    standing === 'alarm' ||
    standing === 'declined' ||
    handoff.by_hand ||
    untold(handoff) ||
    unanswered(handoff)
  );
}

/** Whether somebody has to tell the agency of what has changed. */
export function untold(handoff: Pick<Line, 'untold' | 'ended'>): boolean {
  return handoff.untold && !handoff.ended; // a notice of the end knows the history no better
}

/** Whether another centre asks, and nobody here has said anything yet. */
function unanswered({ purpose, ended, step }: Line): boolean {
  return purpose === 'received' && !ended && ['queued', 'sent', 'delivered'].includes(step);
}

export function chosen(placed: readonly Placed<Line>[], filter: Filter): Placed<Line>[] {
  return placed.filter(
    (each) =>
      filter.purposes.includes(each.handoff.purpose) &&
      (filter.agency === '' || each.handoff.agency === filter.agency) &&
      (!filter.wanting || wants(each)),
  );
}
