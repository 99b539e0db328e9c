/** What is wrong with a person as they were filled in, by the field that it is said beside. */
import type { Refused } from '../lib/api/problem';
import type { Key } from '../lib/i18n/words';

export type FieldName = 'id' | 'name' | 'roles' | 'centres' | 'agency';
export type Faults = Partial<Record<FieldName, Key>>;

export interface Filled {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** Of which agency, of an account of one; null of the centre. */
  readonly agency: string | null;
}

/** As the service takes it. */
const LOGIN_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Return what is wrong before the service is asked. */
export function faultsOf(filled: Filled): Faults {
  return {
    ...(LOGIN_NAME.test(filled.id) ? {} : { id: 'people.id.wrong' as const }),
    ...(filled.name.trim() ? {} : { name: 'people.name.wrong' as const }),
    ...(filled.roles.length > 0 ? {} : { roles: 'people.roles.wrong' as const }),
    ...(filled.agency === '' ? { agency: 'people.agency.wrong' as const } : {}),
  };
}

const OF_FIELD: Record<FieldName, Key> = {
  id: 'people.id.wrong',
  name: 'people.name.wrong',
  roles: 'people.roles.wrong',
  centres: 'people.centres.wrong',
  agency: 'people.agency.wrong',
};

const OF_KIND: Readonly<Record<string, Faults>> = {
  'person-exists': { id: 'people.id.exists' },
  'last-administrator': { roles: 'people.roles.last' },
  'missing-scope': { roles: 'people.roles.admin' },
  'beyond-your-centres': { centres: 'people.centres.beyond' },
};

/** Return what the service found wrong; empty if it is nothing that a field can say. */
export function faultsFrom(refused: Refused): Faults {
  if (refused.kind !== 'invalid') return OF_KIND[refused.kind] ?? {};
  const found: Faults = {};
  for (const { field } of refused.errors) {
    const name = field.split('.')[0] as FieldName;
    if (name in OF_FIELD) found[name] = OF_FIELD[name];
  }
  return found;
}
