/**
 * Tells the service that this console shows popups, and that one is in sight as soon as it is:
 * painted, in a tab in front. What is not told goes to the seat's phone.
 */
import { tick } from 'svelte';
import { api, ask, Refused } from '../lib/api/client';
import { listen } from '../lib/live/live.svelte';

/** Milliseconds between two signs of life; the service waits for 90 s. */
const SIGN_OF_LIFE = 30_000;

const TRIES = 5;
const PAUSE = 300;

const seen = new Set<string>();

/** Say that a console is open at the seat, until the returned function is called. */
export function present(seat: string): () => void {
  const path = { params: { path: { seat } } };
  const here = async () => {
    try {
      await ask(api.PUT('/v1/seats/{seat}/console', path));
    } catch (error) {
      if (!(error instanceof Refused)) throw error; // told again, and told to the phone meanwhile
    }
  };
  const gone = () => {
    const told = api.DELETE('/v1/seats/{seat}/console', { ...path, keepalive: true });
    told.catch(() => undefined); // it is missed soon enough
  };
  void here();
  const deaf = listen({ fresh: () => void here() });
  const timer = setInterval(() => void here(), SIGN_OF_LIFE);
  addEventListener('pagehide', gone);
  return () => {
    deaf();
    clearInterval(timer);
    removeEventListener('pagehide', gone);
    gone();
  };
}

/** Acknowledge once that the call's ticket is shown; until the returned function is called. */
export function show(call: string, seat: string): () => void {
  let gone = false;
  void (async () => {
    await tick();
    await inFront();
    await painted();
    for (let n = 0; n < TRIES && !gone && !seen.has(call); n += 1) {
      try {
        await ask(
          api.POST('/v1/calls/{call_id}/popup', {
            params: { path: { call_id: call } },
            body: { seat },
          }),
        );
        seen.add(call);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (!error.passing) return; // somebody else's by now, or over
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    }
  })();
  return () => {
    gone = true;
    seen.delete(call);
  };
}

function inFront(): Promise<void> {
  if (document.visibilityState === 'visible') return Promise.resolve();
  return new Promise((resolve) =>
    document.addEventListener('visibilitychange', () => resolve(), { once: true }),
  );
}

/** A frame callback comes before its frame: the second one comes when the first was painted. */
function painted(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });
}
