/** How long what was not answered waits until it is tried again. */
import type { Refused } from './api/problem';

/** Milliseconds after the first try, and so on. */
export const RETRIES = [500, 1_000, 2_000, 4_000, 8_000];

/** Return the milliseconds to wait after so many `failures`, or longer if the service says so. */
export function pauseAfter(failures: number, why: Refused): number {
  const pause = RETRIES[Math.min(failures, RETRIES.length - 1)] ?? 0;
  return Math.max(pause, (why.retryAfter ?? 0) * 1000);
}
