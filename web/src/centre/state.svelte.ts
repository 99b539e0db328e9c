/** What supervisors and the wall see of a centre, worked out from what is live. */
import { calls, seats, type CallView, type SeatView } from '../lib/live/live.svelte';

const WAITS = new Set<CallView['state']>(['arrived', 'queued', 'offered', 'ringing']);

/** Return the calls that nobody has answered: by priority, then by arrival, as they are served. */
export function waiting(): CallView[] {
  return [...calls.values()]
    .filter((call) => WAITS.has(call.state))
    .sort((a, b) => b.priority - a.priority || a.arrived_at.localeCompare(b.arrived_at));
}

/** Return when the one who waits longest arrived; null if nobody waits. */
export function longestSince(): string | null {
  return waiting().reduce<string | null>(
    (oldest, call) => (oldest === null || call.arrived_at < oldest ? call.arrived_at : oldest),
    null,
  );
}

/** The most pressing first, and within a state those who have been in it longest. */
const ORDER: readonly SeatView['state'][] = [
  'ringing',
  'unregistered',
  'talking',
  'busy',
  'wrap_up',
  'ready',
  'paused',
  'off_duty',
];

/** Return all seats, in the order in which a supervisor reads them. */
export function ordered(): SeatView[] {
  const rank = (seat: SeatView) => ORDER.indexOf(seat.state);
  return [...seats.values()].sort((a, b) => rank(a) - rank(b) || a.id.localeCompare(b.id));
}

export type SeatCounts = Readonly<Record<SeatView['state'] | 'on_duty', number>>;

/** Return how many seats are in each state, and how many have somebody logged in. */
export function counts(): SeatCounts {
  const found = Object.fromEntries(ORDER.map((state) => [state, 0])) as Record<
    SeatView['state'] | 'on_duty',
    number
  >;
  found.on_duty = 0;
  for (const seat of seats.values()) {
    found[seat.state] += 1;
    if (seat.agent !== null) found.on_duty += 1;
  }
  return found;
}

/** Return who calls, in a word: the number, or the name; null if neither is known. */
export function caller(call: CallView): string | null {
  return call.caller.number ?? call.caller.name ?? null;
}
