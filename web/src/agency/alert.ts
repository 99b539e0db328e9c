/**
 * Of which incidents an agency's page rings: those that nobody there has answered or looked at,
 * and those of which the centre has passed on a line since.
 */
import type { components } from '../lib/api/schema';
import type { Step } from './steps';

export type Listing = components['schemas']['IncidentsView'];
export type Line = Listing['items'][number];

const UNANSWERED: ReadonlySet<Step> = new Set(['queued', 'sent', 'delivered']);

/** Tell whether nobody at the agency has said yet that they know of it. */
export function isNew(line: Line): boolean {
  return !line.ended && UNANSWERED.has(line.step);
}

/** What is told of an incident: looked at, it is not rung for again until there is more. */
export function news(line: Line): string {
  return `${line.handoff} ${line.line_at ?? ''}`;
}

/** Return those to ring for, whoever has waited longest first. */
export function ringing(items: readonly Line[], seen: ReadonlySet<string>): Line[] {
  return items
    .filter((each) => (isNew(each) || each.line_at !== null) && !seen.has(news(each)))
    .toSorted((one, other) => since(one) - since(other));
}

/** Return since when somebody at the agency is waited for. */
function since(line: Line): number {
  return Date.parse(isNew(line) ? line.requested_at : (line.line_at ?? line.requested_at));
}
