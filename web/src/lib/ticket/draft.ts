/**
 * What was written and the service has not confirmed, kept in this browser until it has.
 *
 * It outlives a reload, a crash of the browser and a service that is away. It is kept under the
 * name of its writer: whoever signs in next at this computer does not send it as their own.
 */
import { BLANK, FIELDS, type Field, type Fields, type Patch, type Value } from './fields';

export interface Sending {
  readonly patch: Patch;
  /** The version that the change is based on. */
  readonly version: number;
}

export interface Draft {
  readonly number: string;
  /** The version, and what it said, on which `mine` was written; null if it was never read. */
  readonly version: number | null;
  readonly base: Fields;
  readonly mine: Patch;
  readonly conflicts: readonly Field[];
  /** What was sent and not answered: to be sent again as it was. */
  readonly sending: Sending | null;
  /** When it was last written, in milliseconds since 1970. */
  readonly at: number;
}

/** As much of the browser's storage as is needed. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

const PREFIX = 'sip112.draft';

export class Drafts {
  readonly #shelf: Shelf;
  readonly #place: string;

  constructor(shelf: Shelf, centre: string, agent: string) {
    this.#shelf = shelf;
    this.#place = `${PREFIX}/${centre}/${agent}/`;
  }

  /** Keep a draft; returns whether the browser did. */
  keep(ticket: string, draft: Draft): boolean {
    try {
      this.#shelf.setItem(this.#place + ticket, JSON.stringify(draft));
      return true;
    } catch {
      return false; // full, or forbidden by whoever set this computer up
    }
  }

  drop(ticket: string): void {
    this.#shelf.removeItem(this.#place + ticket);
  }

  read(ticket: string): Draft | null {
    const text = this.#shelf.getItem(this.#place + ticket);
    return text === null ? null : understood(text);
  }

  /** Return the tickets of which a draft is kept. */
  tickets(): string[] {
    const keys = Array.from({ length: this.#shelf.length }, (_, n) => this.#shelf.key(n) ?? '');
    return keys
      .filter((key) => key.startsWith(this.#place))
      .map((key) => key.slice(this.#place.length));
  }
}

/** Return the draft that a text holds; null where an older console wrote something else. */
function understood(text: string): Draft | null {
  try {
    const found = JSON.parse(text) as Partial<Draft> | null;
    if (typeof found !== 'object' || found === null || typeof found.mine !== 'object') return null;
    const sending = found.sending ?? null;
    return {
      number: String(found.number ?? ''),
      version: found.version ?? null,
      base: { ...BLANK, ...only(found.base ?? {}) },
      mine: only(found.mine),
      conflicts: FIELDS.filter((field) => found.conflicts?.includes(field)),
      sending: sending && { patch: only(sending.patch), version: sending.version },
      at: found.at ?? 0,
    };
  } catch {
    return null;
  }
}

function only(patch: object): Patch {
  const known: Partial<Record<Field, Value>> = {};
  for (const field of FIELDS) {
    const value: unknown = (patch as Record<string, unknown>)[field];
    if (typeof value === 'string' || value === null) known[field] = value;
  }
  return known;
}
