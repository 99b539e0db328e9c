import type { Assignee } from './assign';

/**
 * What people write on a ticket, as text: each field a string, or null where nothing is written.
 *
 * The place on the map is one field here and two numbers at the service, since half a place is
 * none.
 */
export const FIELDS = [
  'incident_type',
  'severity',
  'address',
  'place',
  'narrative',
  'persons',
  'language',
  'disposition',
  'status',
] as const;

export type Field = (typeof FIELDS)[number];
export type Value = string | null;
export type Fields = Readonly<Record<Field, Value>>;
export type Patch = Readonly<Partial<Record<Field, Value>>>;

/** A ticket as the service shows it, as far as it matters here. */
export interface Ticket {
  readonly id: string;
  readonly number: string;
  readonly version: number;
  readonly opened_at: string;
  readonly status: string;
  readonly incident_type: string | null;
  readonly severity: string | null;
  readonly address: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly narrative: string | null;
  readonly persons: string | null;
  readonly language: string | null;
  readonly disposition: string | null;
  /** Whose it is. */
  readonly assignee: Assignee | null;
  /** Number of the ticket that it is a duplicate of. */
  readonly duplicate_of?: string | null;
}

/** What a ticket says on which nobody has written. */
export const BLANK: Fields = {
  incident_type: null,
  severity: null,
  address: null,
  place: null,
  narrative: null,
  persons: null,
  language: null,
  disposition: null,
  status: 'open',
};

/** Most characters that the service takes. */
export const LONGEST: Readonly<Record<Field, number>> = {
  incident_type: 200,
  severity: 200,
  address: 200,
  place: 40,
  narrative: 20_000,
  persons: 2_000,
  language: 200,
  disposition: 200,
  status: 10,
};

const SEVERAL_LINES: ReadonlySet<Field> = new Set<Field>(['narrative', 'persons']);

export function fieldsOf(ticket: Ticket): Fields {
  const { latitude, longitude } = ticket;
  return {
    incident_type: ticket.incident_type,
    severity: ticket.severity,
    address: ticket.address,
    place: latitude == null || longitude == null ? null : placeText({ latitude, longitude }),
    narrative: ticket.narrative,
    persons: ticket.persons,
    language: ticket.language,
    disposition: ticket.disposition,
    status: ticket.status,
  };
}

/** Return what is sent for a patch (JSON merge patch). */
export function bodyOf(patch: Patch): Record<string, string | number | null> {
  const { place, ...rest } = patch;
  if (place === undefined) return rest as Record<string, string | null>;
  const { latitude, longitude } = placeOf(place) ?? { latitude: null, longitude: null };
  return { ...(rest as Record<string, string | null>), latitude, longitude };
}

/** Return the value of what was typed: as the service will have it. */
export function valueOf(field: Field, typed: string): Value {
  let text = typed.replace(/\r\n?/g, '\n');
  if (!SEVERAL_LINES.has(field)) text = text.replace(/[\n\t]+/g, ' ');
  // no control character means anything to a reader, and the service takes none
  text = text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '').trim();
  return text === '' ? null : text;
}

/** Return how many characters a text has, as the service counts them. */
export function lengthOf(text: string): number {
  let length = text.length;
  for (const _ of text.matchAll(/[\ud800-\udbff][\udc00-\udfff]/g)) length -= 1;
  return length;
}

/** Where something is, in degrees. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** Return a place as text: five decimals are a metre. */
export function placeText({ latitude, longitude }: Place): string {
  return `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
}

/** Return the place that such a text is; null if it is none. */
export function placeOf(text: Value): Place | null {
  const found = /^(-?\d{1,2}\.\d{5}), (-?\d{1,3}\.\d{5})$/.exec(text ?? '');
  return found && { latitude: Number(found[1]), longitude: Number(found[2]) };
}
