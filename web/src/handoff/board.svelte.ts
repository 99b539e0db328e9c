/** The handoffs of all tickets of the centre that go on, live. */
import { api, ask, type Refused, type Schemas } from '../lib/api/client';
import { lasting } from '../lib/live/lasting';
import { listen } from '../lib/live/live.svelte';
import { board, type Line } from './board';
import type { Placed } from './order';

/** The most that the service gives at once. */
const PAGE = 200;
/** Milliseconds between two looks: a change through another node is told by nobody. */
const LOOK = 10_000;

interface Read {
  readonly open: readonly Line[];
  /** The last that have ended: among them are those declined that want somebody else. */
  readonly ended: readonly Line[];
}

export class Board {
  #read = $state.raw<Read>();
  #why = $state.raw<Refused>();

  /** What is to be shown, in order; undefined until it was read. */
  readonly placed = $derived.by((): Placed<Line>[] | undefined =>
    this.#read === undefined ? undefined : board(this.#read.open, this.#read.ended),
  );

  /** Why it cannot be read now. */
  get why(): Refused | undefined {
    return this.#why;
  }

  /** Take in how one of them is now. */
  put(now: Schemas['HandoffView']): void {
    if (this.#read === undefined) return;
    const { open, ended } = this.#read;
    const known = [...open, ...ended].find(({ id }) => id === now.id);
    if (known === undefined || known.version >= now.version) return;
    const others = (lines: readonly Line[]) => lines.filter((each) => each !== known);
    const line = { ...known, ...now };
    this.#read = now.ended
      ? { open: others(open), ended: [line, ...others(ended)] }
      : { open: [...others(open), line], ended: others(ended) };
  }

  /** Keep it true until the returned function is called. For `$effect`. */
  follow(): () => void {
    const reading = lasting(
      readBoard,
      (found) => {
        this.#why = undefined;
        this.#read = found;
      },
      (why) => (this.#why = why),
    );
    reading.read();
    const deaf = listen({
      fresh: reading.read,
      notice: (notice) => {
        if (notice.kind !== 'handoff.changed') return;
        this.put(notice['handoff'] as Schemas['HandoffView']);
        reading.read(); // for a new one, and for its ticket
      },
    });
    const looking = setInterval(reading.read, LOOK);
    return () => {
      clearInterval(looking);
      deaf();
      reading.end();
    };
  }
}

/** Read all that the board is made of. */
export async function readBoard(): Promise<Read> {
  const [open, last] = await Promise.all([
    everyOpen(),
    ask(api.GET('/v1/handoffs', { params: { query: { ended: true, limit: PAGE } } })),
  ]);
  return { open, ended: last.items };
}

/** Return all that have not ended: an alarm may be the oldest of them. */
async function everyOpen(): Promise<Line[]> {
  const found: Line[] = [];
  for (let cursor: string | null = null; ;) {
    const paging: { cursor?: string } = cursor === null ? {} : { cursor };
    const query = { ended: false, limit: PAGE, ...paging };
    const part: Schemas['HandoffPage'] = await ask(api.GET('/v1/handoffs', { params: { query } }));
    found.push(...part.items);
    cursor = part.next;
    if (cursor === null) return found;
  }
}
