/** Who is signed in, what they may, at which centre they work and at which seat they sit. */
import { api, ask, credentials, type Schemas } from './api/client';
import { Refused } from './api/problem';
import { useZone } from './time';

/** A session, with the centre of the several that it may be for. */
export type Session = Schemas['SessionView'] & { readonly centre: string };

interface Holder {
  /** `unknown` until the service has been asked. */
  state: 'unknown' | 'out' | 'in';
  session: Session | null;
  /** Whether it ended by itself, so that the page can say so. */
  expired: boolean;
}

const CENTRE = 'sip112.centre';

const holder = $state<Holder>({ state: 'unknown', session: null, expired: false });

export function sessionState(): Holder['state'] {
  return holder.state;
}

export function sessionExpired(): boolean {
  return holder.expired;
}

/** Return the session; only asked for where somebody is signed in. */
export function session(): Session {
  if (holder.session === null) throw new Error('nobody is signed in');
  return holder.session;
}

/** The service tells all of them, also those that others imply. */
export function may(scope: string): boolean {
  const scopes: readonly string[] = holder.session?.scopes ?? [];
  return scopes.includes(scope);
}

function take(found: Schemas['SessionView']): void {
  const { centres } = found;
  const chosen = centres.find((each) => each === localStorage.getItem(CENTRE));
  const centre = found.centre ?? chosen ?? centres[0] ?? '';
  const seat = found.seat_centre === centre ? found.seat : null;
  useZone(found.time_zones[centre]);
  holder.session = { ...found, centre, seat };
  holder.state = 'in';
  holder.expired = false;
  credentials.csrf = found.csrf;
  credentials.prefix = centres.length > 1 ? `/centres/${encodeURIComponent(centre)}` : '';
}

function leave(expired: boolean): void {
  holder.session = null;
  holder.state = 'out';
  holder.expired = expired;
  credentials.csrf = '';
  credentials.prefix = '';
}

credentials.expired = () => leave(true);

/** Work for another centre from now on. */
export function chooseCentre(centre: string): void {
  localStorage.setItem(CENTRE, centre);
  location.reload();
}

/** Ask the service who is signed in here; tries until it answers. */
export async function whoAmI(): Promise<void> {
  for (;;) {
    try {
      take(await ask(api.GET('/v1/session')));
      return;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (!error.passing) {
        leave(holder.expired);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

export async function signIn(agent: string, password: string): Promise<void> {
  take(await ask(api.POST('/v1/session', { body: { agent, password } })));
}

export async function signOut(): Promise<void> {
  await ask(api.DELETE('/v1/session'));
  leave(false);
}

export async function changePassword(old: string, chosen: string): Promise<void> {
  take(await ask(api.PUT('/v1/session/password', { body: { old, new: chosen } })));
}

/** Sit down at a seat; `Refused` of the kind `seat-in-use` if another browser sits there. */
export async function sitDown(seat: string, takeOver: boolean): Promise<void> {
  take(await ask(api.PUT('/v1/session/seat', { body: { seat, take_over: takeOver } })));
}

export async function standUp(): Promise<void> {
  take(await ask(api.DELETE('/v1/session/seat')));
}
