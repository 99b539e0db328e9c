/** The agencies of the centre, as people call them. The last known ones serve meanwhile. */
import { api, ask, type Schemas } from './api/client';
import { named } from './i18n/index.svelte';
import { lasting } from './live/lasting';
import { listen } from './live/live.svelte';

export type Agency = Schemas['AgencyView'];

const REMEMBERED = 'sip112.agencies';
let shown = $state.raw<readonly Agency[]>([]);

export function agencies(): readonly Agency[] {
  return shown;
}

/** Return the name of an agency in the language that is spoken now; its code while none is known. */
export function agencyName(code: string): string {
  return named(shown.find((each) => each.code === code)?.name, code);
}

/** Whether an agency is another 112 centre: it has people who are called, and is told by notes. */
export function isCentre(code: string): boolean {
  return shown.some((each) => each.code === code && each.kind === 'centre');
}

/** Return the name of the agency that is called at a number; empty if none is known there. */
export function agencyAt(number: string): string {
  const dialled = (address: string | undefined) => address?.replace(/^\+/, '') === number;
  const found = shown.find(
    ({ channels, contacts }) =>
      channels.some(({ kind, address }) => kind === 'voice' && dialled(address)) ||
      contacts.some(({ addresses }) => dialled(addresses['voice'])),
  );
  return found === undefined ? '' : named(found.name, found.code);
}

/** Keep them true, as those of a centre, until the returned function is called. For `$effect`. */
export function followAgencies(centre: string): () => void {
  const key = `${REMEMBERED}/${centre}`;
  shown = remembered(key);
  const reading = lasting(
    () => ask(api.GET('/v1/agencies')),
    ({ items }) => {
      shown = items;
      remember(key, items);
    },
    () => undefined, // those that are remembered serve
  );
  reading.read();
  const deaf = listen({
    fresh: reading.read,
    notice({ kind }) {
      if (kind === 'directory.changed') reading.read();
    },
  });
  return () => {
    deaf();
    reading.end();
  };
}

function remembered(key: string): readonly Agency[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(found) ? (found as Agency[]) : [];
  } catch {
    return [];
  }
}

function remember(key: string, items: readonly Agency[]): void {
  try {
    localStorage.setItem(key, JSON.stringify(items));
  } catch {
    // full, or forbidden: they are read again all the same
  }
}
