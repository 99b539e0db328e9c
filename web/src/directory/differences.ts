/** What a file would change of the directory: told before it is done. */
import {
  same,
  slug,
  type Agency,
  type Area,
  type IncidentType,
  type Name,
  type Part,
} from './entries';
import { shapesIn } from './geojson';

/** Megabytes of an import at most, as the service takes it (`api.context`). */
export const LONGEST_MB = 8;

/** Return how many megabytes are sent of a body. */
export function megabytes(body: object): number {
  return new TextEncoder().encode(JSON.stringify(body)).length / 2 ** 20;
}

/** A directory, each entry with all that it can say. */
export interface Whole {
  readonly agencies: readonly Agency[];
  readonly incident_types: readonly IncidentType[];
  readonly areas: readonly Area[];
}

export interface Difference {
  readonly part: Part;
  readonly code: string;
  readonly name: Name;
  /** `inactive`: an agency that the file does not name is kept, and takes no incidents. */
  readonly how: 'added' | 'changed' | 'removed' | 'inactive';
  readonly fields: readonly {
    readonly field: string;
    readonly was: unknown;
    readonly becomes: unknown;
  }[];
}

export interface Comparison {
  /** What is sent: the file, or the areas of one from a map. */
  readonly body: object;
  readonly differences: readonly Difference[];
  /** Parts that stand in another order. */
  readonly moved: readonly Part[];
}

type Json = Readonly<Record<string, unknown>>;
type Key = keyof Whole;

const PARTS: readonly { key: Key; part: Part }[] = [
  { key: 'agencies', part: 'agencies' },
  { key: 'incident_types', part: 'incident-types' },
  { key: 'areas', part: 'areas' },
];

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const all = (value: unknown, is: (each: unknown) => boolean): value is unknown[] =>
  Array.isArray(value) && value.every(is);

function isEntry(value: unknown): value is Json & { code: string; name: Name } {
  if (!isObject(value) || !isText(value['code'])) return false;
  const name = value['name'];
  return isObject(name) && isText(name['id']) && isText(name['en']);
}

/** Whether a part is written as one; what its words say is the service's to judge. */
const IS: Readonly<Record<Key, (each: Json) => boolean>> = {
  agencies: ({ contacts = [], channels = [], hours = [] }) =>
    all(
      contacts,
      (each) => isObject(each) && isText(each['name']) && isObject(each['addresses']),
    ) &&
    all(channels, (each) => isObject(each) && isText(each['kind'])) &&
    all(
      hours,
      (each) => isObject(each) && ['day', 'opens', 'closes'].every((key) => isText(each[key])),
    ),
  incident_types: ({ plan = null }) => plan === null || all(plan, isObject),
  areas: ({ geometry }) => isObject(geometry),
};

/** Return an entry of a file with what it leaves out. */
const WHOLE: { readonly [K in Key]: (each: Json) => unknown } = {
  agencies: (each) => ({
    area: null,
    hours: [],
    contacts: [],
    active: true,
    ...each,
    channels: ((each['channels'] ?? []) as Json[]).map((way) => ({ address: '', ...way })),
  }),
  incident_types: (each) => ({
    parent: null,
    severity: null,
    ...each,
    plan:
      each['plan'] == null
        ? null
        : (each['plan'] as Json[]).map((entry) => ({ kind: null, agency: null, ...entry })),
  }),
  areas: (each) => each,
};

type Parts = { [K in Key]?: Whole[K] };

/** Return the parts that a file has, whole; null if it is no file of a directory. */
function partsIn(given: Json): Parts | null {
  const parts: Record<string, unknown> = {};
  for (const { key } of PARTS) {
    const part = given[key];
    if (part == null) continue;
    if (!all(part, (each) => isEntry(each) && IS[key](each))) return null;
    parts[key] = (part as Json[]).map(WHOLE[key]);
  }
  return Object.keys(parts).length > 0 ? (parts as Parts) : null;
}

/** Return the directory that a file of the service says. */
export function wholeOf(given: object): Whole {
  return { agencies: [], incident_types: [], areas: [], ...partsIn(given as Json) };
}

/** Return what a file would change; null if it is neither of a directory nor of a map. */
export function compared(text: string, now: Whole): Comparison | null {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(given)) return null;
  const body = 'type' in given ? withShapes(text, now) : given;
  const parts = body && partsIn(body);
  if (!parts) return null;
  return {
    body,
    differences: PARTS.flatMap(({ key, part }) => differencesIn(part, now[key], parts[key])),
    moved: PARTS.filter(({ key }) => isMoved(now[key], parts[key])).map(({ part }) => part),
  };
}

/** Return the areas that there are with those of a map: the ones of the same code are replaced. */
function withShapes(text: string, now: Whole): Json | null {
  const shapes = shapesIn(text);
  if (typeof shapes === 'string') return null;
  const areas = new Map<string, Area>(now.areas.map((each) => [each.code, each]));
  for (const { name, code, geometry } of shapes) {
    const known = code || slug(name.id);
    areas.set(known, { code: known, name, geometry });
  }
  return { areas: [...areas.values()] };
}

type Entry = Whole[Key][number];

function differencesIn(
  part: Part,
  now: readonly Entry[],
  then: readonly Entry[] | undefined,
): Difference[] {
  if (then === undefined) return [];
  const known = new Map(now.map((each) => [each.code, each]));
  const named = new Set(then.map(({ code }) => code));
  const found: Difference[] = [];
  for (const each of then) {
    const was = known.get(each.code);
    const fields = was === undefined ? [] : fieldsOf(was, each);
    if (was === undefined || fields.length > 0)
      found.push({
        part,
        code: each.code,
        name: each.name,
        how: was ? 'changed' : 'added',
        fields,
      });
  }
  for (const each of now)
    if (!named.has(each.code) && !('active' in each && !each.active))
      found.push({
        part,
        code: each.code,
        name: each.name,
        how: part === 'agencies' ? 'inactive' : 'removed',
        fields: [],
      });
  return found;
}

function fieldsOf(was: Entry, becomes: Entry): Difference['fields'] {
  const [before, after] = [was, becomes] as unknown as Json[];
  return Object.keys({ ...before, ...after })
    .filter((field) => !same(before?.[field], after?.[field]))
    .map((field) => ({ field, was: before?.[field], becomes: after?.[field] }));
}

/** Whether those that there are and stay stand in another order. */
function isMoved(now: readonly Entry[], then: readonly Entry[] | undefined): boolean {
  if (then === undefined) return false;
  const [known, named] = [now, then].map((part) => new Set(part.map(({ code }) => code)));
  const both = (part: readonly Entry[]) =>
    part.map(({ code }) => code).filter((code) => known?.has(code) && named?.has(code));
  return !same(both(now), both(then));
}
