/**
 * Reads what is told by notices too, and is read anew after each cut. What is told while an answer
 * is on its way may be newer than the answer, which must not undo it: then it is asked for again.
 */
import { Refused } from '../api/problem';

interface Anew {
  read(): void;
  /** Call it with every change that is told. */
  told(): void;
  /** Take no answer any more. */
  end(): void;
}

export function anew<T>(ask: () => Promise<T>, take: (found: T) => void): Anew {
  let asked = 0;
  let answered = 0;

  async function read(): Promise<void> {
    const ours = ++asked;
    try {
      const found = await ask();
      if (ours === asked) take(found);
    } catch (error) {
      if (!(error instanceof Refused)) throw error; // read again after the next cut
    } finally {
      if (ours === asked) answered = ours;
    }
  }

  return {
    read: () => void read(),
    told: () => {
      if (answered < asked) void read();
    },
    end: () => {
      answered = ++asked;
    },
  };
}
