/** The service, asked for a route that its OpenAPI document does not tell yet. */
import { credentials } from './client';
import { refusal, unreachable } from './problem';

/** Return what the service answered; `Refused` with its own words if it refuses. */
export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
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
