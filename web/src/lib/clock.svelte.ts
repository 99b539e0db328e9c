/**
 * The time by the service's clock. A computer at a seat may be minutes off, and "waits for 12 s"
 * must be true all the same.
 */
import { adjusted } from './time';

const ticking = $state({ now: Date.now() });
let offset = 0;

function tick(): void {
  ticking.now = Date.now() + offset;
  setTimeout(tick, 1000 - (ticking.now % 1000) + 5);
}
tick();

/** Return milliseconds since 1970 by the service's clock, new each second. */
export function now(): number {
  return ticking.now;
}

/** Learn from an answer of the service what time it has. `sent` is when it was asked. */
export function learn(date: string | null, sent: number): void {
  if (date === null) return;
  offset = adjusted(offset, Date.parse(date), sent, Date.now());
  ticking.now = Date.now() + offset;
}
