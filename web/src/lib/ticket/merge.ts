/**
 * Two people on one ticket: what each of them changed, field by field.
 *
 * A field that only one of them changed is theirs. A field that both changed to the same is
 * settled. A field that both changed to different things is a conflict, for a human to decide:
 * nothing is overwritten that its writer has not seen.
 */
import { FIELDS, type Field, type Fields, type Patch, type Value } from './fields';

export interface Merged {
  /** What we changed and the others have not seen, conflicts among it. */
  readonly mine: Patch;
  /** The fields that both changed to different things. */
  readonly conflicts: readonly Field[];
  /** The fields that the others changed and we did not. */
  readonly taken: readonly Field[];
}

/**
 * Merge what we changed since `base` with what the ticket says by now.
 *
 * `before` are the fields that were in conflict already: they are until somebody decides, or
 * both say the same.
 */
export function merge(
  base: Fields,
  mine: Patch,
  theirs: Fields,
  before: ReadonlySet<Field> = new Set(),
): Merged {
  const kept: Partial<Record<Field, Value>> = {};
  const conflicts: Field[] = [];
  const taken: Field[] = [];
  for (const field of FIELDS) {
    const ours = mine[field];
    const changed = theirs[field] !== base[field];
    if (ours === undefined) {
      if (changed) taken.push(field);
    } else if (ours !== theirs[field]) {
      kept[field] = ours;
      if (changed || before.has(field)) conflicts.push(field);
    }
  }
  return { mine: kept, conflicts, taken };
}
