/** How loudly it sounds that another centre asks something: never into a caller's ear. */

export type Loudness = 'loud' | 'soft' | 'silent';

/** What our own telephone does. */
export interface Ear {
  readonly rings: boolean;
  readonly talks: boolean;
}

/** Return it for so many that nobody has opened, and nobody here has silenced. */
export function bell(waiting: number, { rings, talks }: Ear): Loudness {
  if (waiting === 0 || rings) return 'silent'; // callers first: their ring is not to be missed
  return talks ? 'soft' : 'loud';
}
