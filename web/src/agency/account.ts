/** How the service is asked by somebody at an agency who has signed in. */
import { credentials } from '../lib/api/client';
import { JSON_BOTH_WAYS, keyed, type Ask } from './answering';
import type { Keep } from './keep';
import type { Say } from './presence';

const PATIENCE_MS = 10_000;

/** Return how one incident is asked for and answered; a session that is over is told. */
export function askingFor(handoff: string): Ask {
  return async (path, body, key) => {
    const incident = `/v1/agency-desk/incidents/${encodeURIComponent(handoff)}`;
    const response = await fetch(credentials.prefix + incident + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...JSON_BOTH_WAYS,
        ...keyed(key),
        'X-CSRF-Token': credentials.csrf,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (response.status === 401) credentials.expired();
    return response;
  };
}

/** Say that the page of whoever has signed in is there. */
export const sayingAsAccount: Say = (said, keepalive) =>
  fetch(`${credentials.prefix}/v1/agency-desk/presence`, {
    method: 'PUT',
    headers: { ...JSON_BOTH_WAYS, 'X-CSRF-Token': credentials.csrf },
    body: JSON.stringify(said),
    credentials: 'same-origin',
    cache: 'no-store',
    keepalive,
    signal: AbortSignal.timeout(PATIENCE_MS),
  });

/** Keep what is somebody's own apart: another one who signs in here must not send it as theirs. */
export function keptFor(agent: string, keep: Keep): Keep {
  return {
    get: (name) => keep.get(`${agent}.${name}`),
    set: (name, text) => keep.set(`${agent}.${name}`, text),
  };
}
