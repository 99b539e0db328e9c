/**
 * What becomes of what somebody writes on an entry that somebody else has changed meanwhile.
 *
 * Field by field: what they alone changed is taken, what we alone changed stays, and where both
 * did, ours stays for now and a person decides.
 */
import { same } from './entries';

export interface Clash {
  readonly field: string;
  readonly theirs: unknown;
}

export interface Rebased<E> {
  readonly mine: E;
  readonly clashes: readonly Clash[];
}

export function rebased<E extends object>(base: E, mine: E, theirs: E): Rebased<E> {
  const clashes: Clash[] = [];
  const merged = { ...mine };
  for (const field of Object.keys(theirs) as (keyof E & string)[]) {
    if (same(base[field], theirs[field]) || same(mine[field], theirs[field])) continue;
    if (same(base[field], mine[field])) merged[field] = theirs[field];
    else clashes.push({ field, theirs: theirs[field] });
  }
  return { mine: merged, clashes };
}
