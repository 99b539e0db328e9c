/**
 * What another centre asks this one to do: which answers are offered, and which is the next one.
 *
 * Steps may be left out, but nobody is on the way to an incident that was not accepted.
 */
import type { Handoff } from './choice';

export type Answer = Exclude<
  Handoff['step'],
  'queued' | 'sent' | 'delivered' | 'acknowledged' | 'cancelled'
>;

/** In the order in which they are shown: what is hoped for first. */
const ANSWERS: readonly Answer[] = ['accepted', 'en_route', 'on_scene', 'completed', 'declined'];

/** Whether another centre asks, and not an agency is asked. */
export function isReceived(handoff: Handoff): boolean {
  return handoff.purpose === 'received';
}

/** Whether the other centre does not know yet that anybody here has seen it. */
export function isUnseen(handoff: Handoff): boolean {
  return isReceived(handoff) && handoff.following.includes('acknowledged');
}

/** Whether the other centre waits for a yes or a no. */
export function awaitsAnswer(handoff: Handoff): boolean {
  return isReceived(handoff) && handoff.following.includes('accepted');
}

/** Return what this centre may say now; the first is the next one. */
export function answers(handoff: Handoff): Answer[] {
  const first: readonly Answer[] = ['accepted', 'declined'];
  return ANSWERS.filter(
    (each) => handoff.following.includes(each) && (!awaitsAnswer(handoff) || first.includes(each)),
  );
}
