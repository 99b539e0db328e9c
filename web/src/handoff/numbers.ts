/** At which numbers an agency can be called into a call, and whether it is in one. */
import type { CallView } from '../lib/live/reducer';
import type { Handoff } from './choice';

type Numbered = Pick<Handoff, 'numbers'>;

/** Return the numbers that can be called, each once, as they are dialled: by digits alone. */
export function diallable({ numbers }: Numbered): Handoff['numbers'] {
  const found = new Map<string, string>();
  for (const { number, contact } of numbers) {
    const digits = number.replace(/^\+/, '');
    if (/^[0-9]{2,20}$/.test(digits) && !found.has(digits)) found.set(digits, contact);
  }
  return [...found].map(([number, contact]) => ({ number, contact }));
}

/** Return how the agency takes part in a call; undefined if it does not. */
export function calledBy(
  call: Pick<CallView, 'parties'>,
  handoff: Numbered,
): CallView['parties'][number] | undefined {
  const numbers = new Set(diallable(handoff).map(({ number }) => number));
  return call.parties.find((each) => each.number !== null && numbers.has(each.number));
}
