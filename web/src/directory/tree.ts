/** Incident types as the tree that they are: each below the one that it belongs to. */
import type { IncidentType, PlanEntry } from './entries';

export interface Row<T extends IncidentType = IncidentType> {
  readonly type: T;
  readonly level: 0 | 1;
  /** How many belong to it. */
  readonly below: number;
  readonly open: boolean;
}

/** Return those that belong to a type. */
export function below<T extends IncidentType>(types: readonly T[], code: string): T[] {
  return types.filter(({ parent }) => parent === code);
}

/**
 * Return the rows that are shown: those below a type that is open, or all that are looked for.
 *
 * @param found what is looked for, by code, with those above it; null if nothing is looked for.
 */
export function rows<T extends IncidentType>(
  types: readonly T[],
  opened: ReadonlySet<string>,
  found: ReadonlySet<string> | null,
): Row<T>[] {
  const known = new Set(types.map(({ code }) => code));
  const shown: Row<T>[] = [];
  for (const type of types) {
    if (type.parent !== null && known.has(type.parent)) continue;
    const children = below(types, type.code);
    const fit = found ? children.filter(({ code }) => found.has(code)) : children;
    if (found && !found.has(type.code) && fit.length === 0) continue;
    const open =
      children.length > 0 && (opened.has(type.code) || (found !== null && fit.length > 0));
    shown.push({ type, level: 0, below: children.length, open });
    const visible = opened.has(type.code) && fit.length === 0 ? children : fit;
    if (open)
      shown.push(
        ...visible.map((each) => ({ type: each, level: 1 as const, below: 0, open: false })),
      );
  }
  return shown;
}

/** Return the plan that holds for a type: its own, or that of the one it belongs to; null is none. */
export function planOf(
  type: Pick<IncidentType, 'plan' | 'parent'>,
  types: readonly IncidentType[],
): readonly PlanEntry[] | null {
  if (type.plan !== null || type.parent === null) return type.plan;
  return types.find(({ code }) => code === type.parent)?.plan ?? null;
}
