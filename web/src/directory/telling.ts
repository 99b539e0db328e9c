/** What a field of an entry says, in words: for a difference, and for what two people changed. */
import type { Key, Values } from '../lib/i18n/words';
import { keyOf } from '../lib/i18n/words';
import type { Doubt } from './doubts';
import {
  DAYS,
  type Agency,
  type ChannelKind,
  type IncidentType,
  type Name,
  type PlanEntry,
} from './entries';
import { week } from './hours';

export interface Speech {
  t: (key: Key, values?: Values) => string;
  /** The name of an entry of the centre, or its code. */
  nameOf: (part: 'agency' | 'type' | 'area', code: string) => string;
  severityName: (code: string) => string;
}

/** Return the name of a field, as people read it. */
export function fieldName(field: string, { t }: Speech): string {
  const key = keyOf(`directory.field.${field}`);
  return key ? t(key) : field;
}

export function told(field: string, value: unknown, speech: Speech): string {
  const { t, nameOf, severityName } = speech;
  switch (field) {
    case 'name': {
      const { id, en } = value as Name;
      return id === en ? id : `${id} / ${en}`;
    }
    case 'kind':
      return t(keyOf(`handoff.kind.${String(value)}`) ?? 'handoff.kind.other');
    case 'area':
      return value === null ? t('directory.area.everywhere') : nameOf('area', String(value));
    case 'parent':
      return value === null ? t('directory.parent.none') : nameOf('type', String(value));
    case 'severity':
      return value === null ? t('directory.severity.none') : severityName(String(value));
    case 'active':
      return value ? t('directory.active') : t('directory.inactive');
    case 'hours':
      return toldHours(value as Agency['hours'], speech);
    case 'channels':
      return toldWays(
        (value as Agency['channels']).map((each) => [each.kind, each.address]),
        speech,
      );
    case 'contacts':
      return (
        (value as Agency['contacts'])
          .map(({ name, addresses }) => `${name}: ${toldWays(Object.entries(addresses), speech)}`)
          .join('; ') || t('directory.nothing')
      );
    case 'plan':
      return toldPlan(value as IncidentType['plan'], speech);
    case 'geometry':
      return t('directory.points', { n: points(value) });
    default:
      return String(value);
  }
}

function toldWays(ways: readonly (readonly [string, string])[], { t }: Speech): string {
  const one = ([kind, address]: readonly [string, string]) =>
    `${t(`directory.way.${kind as ChannelKind}`)} ${address}`.trim();
  return ways.map(one).join(', ') || t('directory.nothing');
}

function toldHours(hours: Agency['hours'], { t }: Speech): string {
  if (hours.length === 0) return t('directory.hours.always');
  const lines = week(hours);
  return DAYS.filter((day) => lines[day])
    .map((day) => `${t(`directory.day.${day}`)} ${lines[day]}`)
    .join('; ');
}

export function toldPlan(plan: readonly PlanEntry[] | null, { t, nameOf }: Speech): string {
  if (plan === null) return t('directory.plan.inherited');
  const one = ({ kind, agency }: PlanEntry) =>
    agency === null ? t(`handoff.kind.${kind ?? 'other'}`) : nameOf('agency', agency);
  return plan.map(one).join(', ') || t('directory.plan.nobody');
}

export function toldDoubt(doubt: Doubt, { t, nameOf }: Speech): string {
  switch (doubt.key) {
    case 'directory.doubt.kind':
      return t(doubt.key, { kind: t(`handoff.kind.${doubt.kind}`) });
    case 'directory.doubt.inactive':
      return t(doubt.key, { agency: nameOf('agency', doubt.agency) });
    default:
      return t(doubt.key);
  }
}

/** Return how many points a border has. */
export function points(geometry: unknown): number {
  const { coordinates } = (geometry ?? {}) as { coordinates?: unknown };
  const count = (part: unknown): number =>
    !Array.isArray(part)
      ? 0
      : typeof part[0] === 'number'
        ? 1
        : part.reduce((n: number, each) => n + count(each), 0);
  return count(coordinates);
}
