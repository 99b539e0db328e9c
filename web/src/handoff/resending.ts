/**
 * Sending many messages to one agency again that were given up, while its system was down.
 *
 * One after the other, in the order in which they were given up: what the agency hears first is
 * what it missed first. What the service refuses does not hold up the others. Where it does not
 * answer at all there is no use in going on: the others stay given up, and are sent again later.
 */
import { Refused } from '../lib/api/problem';

interface GivenUp {
  readonly id: string;
  readonly agency: string;
  readonly done_at: string | null;
}

export interface Outcome<Letter> {
  /** How many are sent again, by us or by somebody else who was first. */
  readonly sent: number;
  /** Those that stay given up since the service refuses them, and why. */
  readonly refused: readonly { readonly letter: Letter; readonly why: Refused }[];
  /** Why it ended before its time; the last `left` were not tried, or not taken. */
  readonly stopped: Refused | undefined;
  readonly left: number;
}

/** Return the agencies to which more than one message was given up, and how many to each. */
export function several(letters: readonly GivenUp[]): { agency: string; n: number }[] {
  const counts = new Map<string, number>();
  for (const { agency } of letters) counts.set(agency, (counts.get(agency) ?? 0) + 1);
  return [...counts]
    .filter(([, n]) => n > 1)
    .map(([agency, n]) => ({ agency, n }))
    .sort((a, b) => b.n - a.n || a.agency.localeCompare(b.agency));
}

/** Return those of an agency, in the order in which they were given up; `letters` as they come. */
export function inOrder<Letter extends GivenUp>(
  letters: readonly Letter[],
  agency: string,
): Letter[] {
  return letters
    .filter((each) => each.agency === agency)
    .toReversed() // newest first, as the service gives them
    .sort((a, b) => (a.done_at ?? '').localeCompare(b.done_at ?? ''));
}

/** Send them again; `passed` is told of each that is no longer given up. */
export async function oneByOne<Letter extends GivenUp>(
  letters: readonly Letter[],
  send: (letter: Letter) => Promise<unknown>,
  passed: (letter: Letter) => void,
): Promise<Outcome<Letter>> {
  const refused: { letter: Letter; why: Refused }[] = [];
  let sent = 0;
  for (const letter of letters) {
    try {
      await send(letter);
    } catch (why) {
      if (!(why instanceof Refused)) throw why;
      const left = letters.length - sent - refused.length;
      if (why.passing || why.status === 401 || why.status === 403)
        return { sent, refused, stopped: why, left };
      if (why.kind !== 'not-dead') {
        refused.push({ letter, why });
        continue;
      } // else somebody else sends it again already
    }
    sent += 1;
    passed(letter);
  }
  return { sent, refused, stopped: undefined, left: 0 };
}
