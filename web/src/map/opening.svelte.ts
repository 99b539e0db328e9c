/** Where the centre's map opens, and the file with its tiles, as the service says it. */
import { api, ask, type Schemas } from '../lib/api/client';

export type MapView = Schemas['MapView'];

/** Where a map opens as long as the service has not been heard. */
export const COUNTRY = { latitude: -2.5, longitude: 118, zoom: 4 };

/** Milliseconds between two times of asking, at least. */
const APART = 10_000;

let known = $state.raw<MapView | null>(null);
let times = $state(0);
let asked = Number.NEGATIVE_INFINITY;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Return what is known; null as long as the service has not been heard. */
export function opening(): MapView | null {
  return known;
}

/** Return how often the service was heard: with each time what failed may be tried again. */
export function heard(): number {
  return times;
}

/** Ask again, soon: a file may have been installed or replaced. */
export function askAgain(): void {
  timer ??= setTimeout(() => void read(), Math.max(asked + APART - performance.now(), 0));
}

async function read(): Promise<void> {
  asked = performance.now();
  try {
    const found = await ask(api.GET('/v1/map'));
    if (JSON.stringify(found) !== JSON.stringify(known)) known = found;
    times += 1;
  } catch {
    // the grid does as well, and whoever uses a map asks again and again
  } finally {
    timer = undefined;
  }
}
