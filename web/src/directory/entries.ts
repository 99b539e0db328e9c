/** The entries of a directory as they are written here: what the service shows, without its version. */
import type { Schemas } from '../lib/api/client';

export type Part = 'agencies' | 'incident-types' | 'areas';
export const PARTS: readonly Part[] = ['agencies', 'incident-types', 'areas'];

export type Agency = Omit<Schemas['AgencyView'], 'version'>;
export type IncidentType = Omit<Schemas['IncidentTypeView'], 'version'>;
export type Area = Omit<Schemas['AreaView'], 'version'>;
export type Entry = Agency | IncidentType | Area;

export type Name = Schemas['NameView'];
export type Contact = Schemas['ContactView'];
export type Channel = Schemas['ChannelView'];
export type Opening = Schemas['OpeningView'];
export type PlanEntry = Schemas['PlanEntryView'];
export type Kind = Agency['kind'];
export type ChannelKind = Channel['kind'];
export type Day = Opening['day'];

export const KINDS = [
  'police',
  'fire',
  'sar',
  'disaster',
  'medical',
  'army',
  'hospital',
  'utility',
  'volunteer',
  'centre',
  'service',
  'other',
] as const satisfies readonly Kind[];

export const CHANNELS = [
  'webhook',
  'cap',
  'voice',
  'sms',
  'whatsapp',
  'telegram',
  'email',
  'account',
  'relay',
] as const satisfies readonly ChannelKind[];

/** Those by which persons are reached; the others lead to a machine, or to a page. */
export const PERSONAL: readonly ChannelKind[] = [
  'voice',
  'sms',
  'whatsapp',
  'telegram',
  'email',
  'relay',
];

export const DAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const satisfies readonly Day[];

export function newAgency(): Agency {
  return {
    code: '',
    kind: 'police',
    name: { id: '', en: '' },
    area: null,
    hours: [],
    contacts: [],
    channels: [{ kind: 'voice', address: '' }],
    active: true,
  };
}

export function newType(): IncidentType {
  return { code: '', parent: null, name: { id: '', en: '' }, severity: null, plan: null };
}

export function newArea(): Area {
  return { code: '', name: { id: '', en: '' }, geometry: { type: 'Polygon', coordinates: [] } };
}

/** Return an entry without its version. */
export function written<E extends object>(entry: E & { version?: number }): Omit<E, 'version'> {
  const { version: _, ...rest } = entry;
  return rest;
}

/** Whether two say the same, in whatever order their members stand. */
export function same(one: unknown, other: unknown): boolean {
  return text(one) === text(other);
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/** As the service takes it. */
export const CODE = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/** Return a code made of a name, as the service makes it; empty if nothing of it can stand in one. */
export function slug(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/[^\x00-\x7f]/g, '')
    .toLowerCase()
    .slice(0, 200)
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 32)
    .replace(/_+$/, '');
}
