/**
 * What the directory may say and what nevertheless fails whoever calls: a plan that finds nobody,
 * an agency that nothing reaches. It is shown where it can be mended, and forbids nothing.
 */
import type { Key } from '../lib/i18n/words';
import type { Agency, IncidentType, PlanEntry } from './entries';
import { ladder } from './ladder';
import { planOf } from './tree';

export type Doubt =
  | { readonly key: 'directory.doubt.unreachable' | 'directory.doubt.no-plan' }
  | { readonly key: 'directory.doubt.kind'; readonly kind: Agency['kind'] }
  | { readonly key: 'directory.doubt.inactive'; readonly agency: string };

export type DoubtKey = Doubt['key'] & Key;

/** Return those that an entry of a plan can mean. */
export function meant(entry: PlanEntry, agencies: readonly Agency[]): Agency[] {
  return agencies.filter(
    ({ code, kind, active }) =>
      active && (entry.agency === null ? kind === entry.kind : code === entry.agency),
  );
}

/** Return why an entry of a plan finds nobody; null if it can find somebody. */
export function doubtOfEntry(entry: PlanEntry, agencies: readonly Agency[]): Doubt | null {
  if (meant(entry, agencies).length > 0) return null;
  if (entry.agency !== null) return { key: 'directory.doubt.inactive', agency: entry.agency };
  return { key: 'directory.doubt.kind', kind: entry.kind ?? 'other' };
}

export function doubtsOfType(
  type: Pick<IncidentType, 'plan' | 'parent'>,
  types: readonly IncidentType[],
  agencies: readonly Agency[],
): Doubt[] {
  const plan = planOf(type, types);
  if (plan === null) return [{ key: 'directory.doubt.no-plan' }];
  return plan.map((entry) => doubtOfEntry(entry, agencies)).filter((each) => each !== null);
}

export function doubtsOfAgency(agency: Agency): Doubt[] {
  return agency.active && ladder(agency).length === 0
    ? [{ key: 'directory.doubt.unreachable' }]
    : [];
}
