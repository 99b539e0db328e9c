/** The service, asked with the types of its own OpenAPI document. */
import createClient from 'openapi-fetch';
import { learn } from '../clock.svelte';
import { refusal, Refused, unreachable } from './problem';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

/** What every request carries; set by whoever signs in. */
export const credentials = {
  csrf: '',
  /** Path in front of every route: empty, or `/centres/PKY` on a node with several centres. */
  prefix: '',
  /** Told when the service no longer knows us. */
  expired: (): void => {},
};

const SAFE = new Set(['GET', 'HEAD']);

/** Like `fetch`, with our credentials; says what time the service has. */
async function send(request: Request): Promise<Response> {
  const headers = new Headers(request.headers);
  if (!SAFE.has(request.method) && credentials.csrf) headers.set('X-CSRF-Token', credentials.csrf);
  const url = new URL(request.url);
  url.pathname = credentials.prefix + url.pathname;
  const { method, credentials: sends, cache, keepalive, signal } = request;
  // as text: a browser streams the body of one Request in another one over HTTP/2 alone
  const body = SAFE.has(method) ? null : (await request.text()) || null;
  const sent = Date.now();
  let response: Response;
  try {
    const whole = { method, headers, body, credentials: sends, cache, keepalive, signal };
    response = await fetch(url, whole);
  } catch (error) {
    if (signal.aborted) throw error;
    throw unreachable();
  }
  learn(response.headers.get('Date'), sent);
  return response;
}

/** The routes: `api.GET('/v1/seats')`. What comes back goes through `ask`. */
export const api = createClient<paths>({
  baseUrl: location.origin,
  credentials: 'same-origin',
  cache: 'no-store',
  fetch: send,
});

interface Answer {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/** Return what the service answered; `Refused` with its own words if it refuses. */
export async function ask<A extends Answer>(
  asked: Promise<A>,
): Promise<Exclude<A['data'], undefined>> {
  return (await askWhole(asked)).data as Exclude<A['data'], undefined>;
}

/** The same, with the response itself, for its headers. */
export async function askWhole<A extends Answer>(asked: Promise<A>): Promise<A> {
  const answer = await asked;
  if (answer.response.ok) return answer;
  const problem = refusal(answer.response, answer.error);
  if (problem.status === 401 && credentials.csrf) credentials.expired();
  throw problem;
}

export { Refused };
