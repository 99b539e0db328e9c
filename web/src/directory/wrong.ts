/**
 * What is wrong with an entry, by the field that it is said beside: `channels.0.address`.
 *
 * Looked at before the service is asked, which looks again and has the last word.
 */
import type { Refused } from '../lib/api/problem';
import type { Schemas } from '../lib/api/client';
import type { Key } from '../lib/i18n/words';
import { wrongAddress } from './addresses';
import { CODE, type Agency, type ChannelKind, type Name } from './entries';

/** What the service has said of a field, in its own words, and where on the map that is. */
export interface Told {
  readonly text: string;
  readonly place: FaultView['place'];
}

/** A key has words in both languages. */
export type Wrong = Readonly<Record<string, Key | Told>>;

export function wrongName(name: Name): Wrong {
  return {
    ...(name.id.trim() ? {} : { 'name.id': 'directory.wrong.name' as const }),
    ...(name.en.trim() ? {} : { 'name.en': 'directory.wrong.name' as const }),
  };
}

/** Return what is wrong with a code that is to be new, among those that there are. */
export function wrongCode(code: string, known: readonly string[]): Wrong {
  if (!CODE.test(code)) return { code: 'directory.wrong.code' };
  return known.includes(code) ? { code: 'directory.wrong.code.exists' } : {};
}

export function wrongAgency(agency: Agency): Wrong {
  const found: Record<string, Key> = {};
  agency.contacts.forEach(({ name, addresses }, n) => {
    if (!name.trim()) found[`contacts.${n}.name`] = 'directory.wrong.name';
    const given = Object.entries(addresses) as [ChannelKind, string][];
    if (given.length === 0) found[`contacts.${n}`] = 'directory.wrong.contact.empty';
    for (const [kind, address] of given) {
      const wrong = address.trim() ? wrongAddress(kind, address.trim()) : 'directory.wrong.empty';
      if (wrong) found[`contacts.${n}.addresses.${kind}`] = wrong;
    }
  });
  agency.channels.forEach(({ kind, address }, n) => {
    if (kind === 'account') return;
    const wrong = address.trim()
      ? wrongAddress(kind, address.trim())
      : agency.contacts.some(({ addresses }) => addresses[kind]?.trim())
        ? null
        : 'directory.wrong.channel.empty';
    if (wrong) found[`channels.${n}.address`] = wrong;
  });
  return { ...wrongName(agency.name), ...found };
}

export type FaultView = Schemas['FaultView'];

/** Return the faults that a refusal tells of. */
export function faultsIn(refused: Refused): readonly FaultView[] {
  const faults = refused.members['faults'];
  if (refused.kind === 'directory-faulty' && Array.isArray(faults)) return faults as FaultView[];
  if (refused.kind !== 'invalid') return [];
  return refused.errors.map(({ field, detail, remedy }) => ({
    where: field,
    detail,
    remedy,
    place: null,
  }));
}

/** Return the field of an entry of which a fault tells: `agencies[3].channels[0]` is `channels.0`. */
export function fieldOf(fault: FaultView): string {
  return fault.where
    .replace(/^(agencies|incident_types|areas)\[\d+\]\.?/, '')
    .replace(/\[(\d+)\]/g, '.$1');
}

/** Return what the service found wrong by field, and what is said of none of `shown`. */
export function wrongFrom(
  refused: Refused,
  shown: (field: string) => boolean,
): { wrong: Wrong; others: readonly FaultView[] } {
  const wrong: Record<string, Told> = {};
  const others: FaultView[] = [];
  for (const fault of faultsIn(refused)) {
    const field = fieldOf(fault);
    if (shown(field)) {
      const text = [fault.detail, fault.remedy].filter(Boolean).join('; ');
      wrong[field] = { text, place: fault.place };
    } else others.push(fault);
  }
  return { wrong, others };
}
