/** Who is signed in, what they may, and at which seat they sit. */
import { credentials } from './api/client';
import { refusal, Refused, unreachable } from './api/problem';

export interface Session {
  agent: { id: string; name: string; roles: string[]; language: string | null };
  scopes: string[];
  centre: string;
  centres: string[];
  csrf: string;
  seat: string | null;
  expires_at: string;
  must_change_password: boolean;
}

interface Holder {
  /** `unknown` until the service has been asked. */
  state: 'unknown' | 'out' | 'in';
  session: Session | null;
  /** Whether it ended by itself, so that the page can say so. */
  expired: boolean;
}

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

export function may(scope: string): boolean {
  const scopes = holder.session?.scopes ?? [];
  return scopes.includes(scope) || scopes.includes('admin');
}

function take(session: Session): void {
  holder.session = session;
  holder.state = 'in';
  holder.expired = false;
  credentials.csrf = session.csrf;
  credentials.prefix =
    session.centres.length > 1 ? `/centres/${encodeURIComponent(session.centre)}` : '';
}

function leave(expired: boolean): void {
  holder.session = null;
  holder.state = 'out';
  holder.expired = expired;
  credentials.csrf = '';
  credentials.prefix = '';
}

credentials.expired = () => leave(true);

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (credentials.csrf && method !== 'GET') headers['X-CSRF-Token'] = credentials.csrf;
  let response: Response;
  try {
    response = await fetch(credentials.prefix + path, {
      method,
      headers,
      cache: 'no-store',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw unreachable();
  }
  const text = await response.text();
  const answer: unknown = text === '' ? undefined : parsed(text);
  if (!response.ok) throw refusal(response, answer);
  return answer as T;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Ask the service who is signed in here; tries until it answers. */
export async function whoAmI(): Promise<void> {
  for (;;) {
    try {
      take(await request<Session>('GET', '/v1/session'));
      return;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (!error.passing) {
        leave(false);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

export async function signIn(agent: string, password: string): Promise<void> {
  take(await request<Session>('POST', '/v1/session', { agent, password }));
}

export async function signOut(): Promise<void> {
  await request('DELETE', '/v1/session');
  leave(false);
}

export async function changePassword(old: string, chosen: string): Promise<void> {
  await request('PUT', '/v1/session/password', { old, new: chosen });
  take(await request<Session>('GET', '/v1/session'));
}

/** Sit down at a seat; `Refused` of the kind `seat-in-use` if another browser sits there. */
export async function sitDown(seat: string, takeOver: boolean): Promise<void> {
  take(await request<Session>('PUT', '/v1/session/seat', { seat, take_over: takeOver }));
}

export async function standUp(): Promise<void> {
  await request('DELETE', '/v1/session/seat');
  take(await request<Session>('GET', '/v1/session'));
}
