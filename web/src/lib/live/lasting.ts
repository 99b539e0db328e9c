/** As `anew`, and asked again by itself after a while where that cannot be answered now. */
import { Refused } from '../api/problem';
import { anew } from './anew';

/** Milliseconds until it is asked again. */
export const AGAIN = 3_000;

interface Lasting {
  read(): void;
  /** Take no answer any more. */
  end(): void;
}

/** `missed` is told why there is no answer. A ticket of this moment may not be stored yet (404). */
export function lasting<T>(
  ask: () => Promise<T>,
  take: (found: T) => void,
  missed: (why: Refused) => void,
): Lasting {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  async function tried(): Promise<T> {
    clearTimeout(timer);
    try {
      return await ask();
    } catch (error) {
      if (error instanceof Refused && !ended) {
        clearTimeout(timer);
        if (error.passing || error.status === 404) timer = setTimeout(reading.read, AGAIN);
        missed(error);
      }
      throw error;
    }
  }

  const reading = anew(tried, take);
  return {
    read: reading.read,
    end: () => {
      ended = true;
      clearTimeout(timer);
      reading.end();
    },
  };
}
