/** Of which incidents an agency's page rings: those that nobody there has answered or looked at. */
import type { components } from '../lib/api/schema';
import type { Step } from './steps';

export type Listing = components['schemas']['IncidentsView'];
export type Line = Listing['items'][number];

const UNANSWERED: ReadonlySet<Step> = new Set(['queued', 'sent', 'delivered']);

/** Tell whether nobody at the agency has said yet that they know of it. */
export function isNew(line: Line): boolean {
  return !line.ended && UNANSWERED.has(line.step);
}

/** Return those to ring for, whoever has waited longest first. */
export function ringing(items: readonly Line[], seen: ReadonlySet<string>): Line[] {
  return items
    .filter((each) => isNew(each) && !seen.has(each.handoff))
    .toSorted((one, other) => Date.parse(one.requested_at) - Date.parse(other.requested_at));
}
