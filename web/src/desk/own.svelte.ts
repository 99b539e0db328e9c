/** Our own seat and its call, and what one commands there. */
import { api, ask } from '../lib/api/client';
import { calls, seats, type CallView, type SeatView } from '../lib/live/live.svelte';
import { session } from '../lib/session.svelte';
import { concerns } from './parties';

export function mySeat(): SeatView | undefined {
  const { seat } = session();
  return seat === null ? undefined : seats.get(seat);
}

const STATES: readonly CallView['state'][] = ['talking', 'ringing', 'offered'];

/** Return the call that talks, rings, or is about to ring at our seat; or that we are called into. */
export function myCall(): CallView | undefined {
  const { seat } = session();
  if (seat === null) return undefined;
  const ours = [...calls.values()].filter((call) => concerns(call, seat));
  for (const state of STATES) {
    const found = ours.find((call) => call.state === state);
    if (found) return found;
  }
  return undefined;
}

/** Return those who wait for somebody else, in the order in which they will be served. */
export function waiting(): CallView[] {
  return [...calls.values()]
    .filter((call) => call.state !== 'talking' && (!call.seat || call.seat !== session().seat))
    .sort((a, b) => b.priority - a.priority || a.arrived_at.localeCompare(b.arrived_at));
}

const path = () => ({ params: { path: { seat: session().seat ?? '' } } });

export const seat = {
  start: () =>
    ask(
      api.POST('/v1/seats/{seat}/login', {
        ...path(),
        body: { agent: session().agent.id, skills: [] },
      }),
    ),
  stop: () => ask(api.POST('/v1/seats/{seat}/logout', path())),
  pause: (reason: string) =>
    ask(api.POST('/v1/seats/{seat}/pause', { ...path(), body: { reason } })),
  resume: () => ask(api.POST('/v1/seats/{seat}/resume', path())),
  finish: () => ask(api.POST('/v1/seats/{seat}/end-wrap-up', path())),
};
