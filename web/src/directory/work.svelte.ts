/**
 * What somebody writes on entries of the directory, kept until it is saved or dropped.
 *
 * It outlives another page, a reload and a service that is away: it is kept in this browser under
 * the name of its writer. What somebody else changes meanwhile is taken in field by field.
 */
import { SvelteMap } from 'svelte/reactivity';
import { session } from '../lib/session.svelte';
import { same, type Entry, type Part } from './entries';
import { rebased, type Clash } from './rebase';
import { tidy } from './tidy';

interface Kept {
  readonly base: Entry;
  readonly version: number | null;
  readonly mine: Entry;
}

export class Work<E extends Entry = Entry> {
  readonly part: Part;
  /** Empty for one that is not there yet. */
  readonly code: string;
  /** What `mine` was written on, and its version; null for one that is not there yet. */
  base = $state.raw() as E;
  version = $state<number | null>(null);
  mine = $state() as E;
  clashes = $state.raw<readonly Clash[]>([]);
  /** Whether it was removed meanwhile. */
  gone = $state(false);
  readonly dirty = $derived(!same(tidy(this.mine), tidy(this.base)));

  constructor(part: Part, code: string, base: E, version: number | null, mine: E = base) {
    this.part = part;
    this.code = code;
    this.base = base;
    this.version = version;
    this.mine = structuredClone(mine);
  }

  /** Take in how the entry is by now. */
  hear(theirs: E, version: number): void {
    this.gone = false;
    if (version === this.version) return;
    const written = $state.snapshot(this.mine) as E;
    const { mine, clashes } = rebased(this.base, written, theirs);
    const now = theirs as unknown as Record<string, unknown>;
    const open = new Set([...this.clashes, ...clashes].map(({ field }) => field));
    this.base = theirs;
    this.version = version;
    this.mine = structuredClone(mine);
    this.clashes = [...open]
      .filter((field) => !same((mine as unknown as typeof now)[field], now[field]))
      .map((field) => ({ field, theirs: now[field] }));
  }

  /** Settle a field that two people changed. */
  decide(field: string, choice: 'mine' | 'theirs'): void {
    const clash = this.clashes.find((each) => each.field === field);
    if (clash && choice === 'theirs')
      this.mine = { ...this.mine, [field]: structuredClone(clash.theirs) };
    this.clashes = this.clashes.filter((each) => each.field !== field);
  }

  /** Have it be as it is. */
  drop(): void {
    this.mine = structuredClone(this.base);
    this.clashes = [];
  }

  /** It was saved: this is what there is. */
  saved(entry: E, version: number): void {
    this.base = entry;
    this.version = version;
    this.drop();
  }
}

const works = new SvelteMap<string, Work>();
let whose = '';

const place = (part: Part, code: string) => `${part}/${code}`;

/** Take up what is kept here of whoever is signed in. */
export function takeUp(): void {
  const { centre, agent } = session();
  const shelf = `sip112.directory/${centre}/${agent.id}`;
  if (shelf === whose) return;
  whose = shelf;
  works.clear();
  for (const [name, { base, version, mine }] of Object.entries(readShelf())) {
    const [part, code = ''] = name.split('/');
    works.set(name, new Work(part as Part, code, base, version, mine));
  }
}

function readShelf(): Record<string, Kept> {
  try {
    return JSON.parse(localStorage.getItem(whose) ?? '{}') as Record<string, Kept>;
  } catch {
    return {};
  }
}

/** Keep in this browser what is not saved. Follows all of it: for `$effect`. */
export function keep(): void {
  const kept: Record<string, Kept> = {};
  for (const [name, { dirty, base, version, mine }] of works)
    if (dirty) kept[name] = { base, version, mine };
  const text = JSON.stringify(kept);
  try {
    if (text === '{}') localStorage.removeItem(whose);
    else localStorage.setItem(whose, text);
  } catch {
    // full, or forbidden: it is on the page all the same
  }
}

/** Return the work on an entry, begun now if nobody has; its version is null if it is to be new. */
export function workOn<E extends Entry>(part: Part, code: string, base: E, version: number | null) {
  const known = works.get(place(part, code)) as Work<E> | undefined;
  if (known) {
    if (version !== null) known.hear(base, version);
    return known;
  }
  const begun = new Work<E>(part, code, base, version);
  works.set(place(part, code), begun as unknown as Work);
  return begun;
}

/** Return the work on an entry, if there is any. */
export function workAt(part: Part, code: string): Work | undefined {
  return works.get(place(part, code));
}

export function putAway(part: Part, code: string): void {
  works.delete(place(part, code));
}

/** Whether something of a part is not saved. */
export function unsavedIn(part: Part): boolean {
  return [...works.values()].some((work) => work.part === part && work.dirty);
}

/** Take in how the entries of a part are by now. */
export function hearAll<E extends Entry>(
  part: Part,
  items: readonly (E & { version: number })[],
  entry: (item: E & { version: number }) => E,
): void {
  const known = new Map(items.map((each) => [each.code, each]));
  for (const work of works.values()) {
    if (work.part !== part || work.version === null) continue;
    const now = known.get(work.code);
    if (now === undefined) work.gone = true;
    else work.hear(entry(now), now.version);
  }
}
