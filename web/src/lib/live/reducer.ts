/**
 * What is known of calls and seats: a snapshot, and every journal entry after it.
 *
 * Each entry carries the whole call and the whole seat as they are after it, so an entry is a
 * replacement. Entries come in order; what came again after a cut is passed over.
 */
import type { Schemas } from '../api/client';

export type CallView = Schemas['CallView'];
export type SeatView = Schemas['SeatView'];
export type EventView = Schemas['EventView'];

export interface Known {
  readonly calls: Map<string, CallView>;
  readonly seats: Map<string, SeatView>;
}

/** Put a snapshot in place of all that was known. */
export function replace(
  known: Known,
  calls: readonly CallView[],
  seats: readonly SeatView[],
): void {
  sync(known.calls, calls);
  sync(known.seats, seats);
}

/** Make `map` hold `items` and nothing else, and touch nothing that stays. */
function sync<T extends { id: string }>(map: Map<string, T>, items: readonly T[]): void {
  const ids = new Set(items.map((each) => each.id));
  for (const id of [...map.keys()]) if (!ids.has(id)) map.delete(id);
  for (const each of items) map.set(each.id, each);
}

/** Take an entry in. */
export function apply(known: Known, entry: EventView): void {
  if (entry.call) {
    if (entry.call.state === 'ended') known.calls.delete(entry.call.id);
    else known.calls.set(entry.call.id, entry.call);
  }
  if (entry.seat) known.seats.set(entry.seat.id, entry.seat);
}

const REMEMBERED = 1000;

/**
 * Tells entries that came before from those that did not.
 *
 * After a change of the node that owns the centre, numbers may be given out anew for other
 * entries: those are news. So an entry is known by its number and by what it says.
 */
export class Seen {
  #last = 0;
  readonly #marks = new Map<number, string>();

  /** Return whether this entry came before; from now on it has. */
  before(entry: EventView): boolean {
    const mark = `${entry.at} ${entry.kind} ${entry.call?.id ?? ''} ${entry.seat?.id ?? ''}`;
    if (entry.seq <= this.#last && this.#marks.get(entry.seq) === mark) return true;
    this.#last = Math.max(this.#last, entry.seq);
    this.#marks.delete(entry.seq);
    this.#marks.set(entry.seq, mark);
    if (this.#marks.size > REMEMBERED) {
      const oldest = this.#marks.keys().next();
      if (!oldest.done) this.#marks.delete(oldest.value);
    }
    return false;
  }
}
