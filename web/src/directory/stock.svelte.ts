/** The directory of the centre as it is now: followed for as long as a page shows it. */
import { api, ask, Refused, type Schemas } from '../lib/api/client';
import { lasting } from '../lib/live/lasting';
import { listen } from '../lib/live/live.svelte';

export type AgencyView = Schemas['AgencyView'];
export type TypeView = Schemas['IncidentTypeView'];
export type AreaItem = Schemas['AreaItem'];

interface Stock {
  readonly agencies: readonly AgencyView[];
  readonly types: readonly TypeView[];
  readonly areas: readonly AreaItem[];
}

let shown = $state.raw<Stock | null>(null);
let missed = $state.raw<Refused | null>(null);
let again: () => void = () => undefined;

/** Return the directory; null as long as it was not read. */
export function stock(): Stock | null {
  return shown;
}

/** Return why it could not be read; null if it could. */
export function unread(): Refused | null {
  return missed;
}

/** Read it now: something was changed here. */
export function readStock(): void {
  again();
}

async function read(): Promise<Stock> {
  const [agencies, types, areas] = await Promise.all([
    ask(api.GET('/v1/agencies')),
    ask(api.GET('/v1/incident-types')),
    ask(api.GET('/v1/areas')),
  ]);
  return { agencies: agencies.items, types: types.items, areas: areas.items };
}

/** Keep it true until the returned function is called. For `$effect`. */
export function followStock(): () => void {
  const reading = lasting(
    read,
    (found) => {
      shown = found;
      missed = null;
    },
    (why) => (missed = why),
  );
  again = reading.read;
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
    again = () => undefined;
    shown = null;
  };
}
