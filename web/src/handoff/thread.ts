/** The thread with an agency, out of a handoff's history: what was passed on, and what came back. */
import type { Schemas } from '../lib/api/client';

type Event = Schemas['HandoffEventView'];

export interface Said {
  readonly at: string;
  /** Whether it was the agency. */
  readonly theirs: boolean;
  /** Who: a login name; or the name that was given at the agency, which may be empty. */
  readonly who: string;
  readonly text: string;
  /** The same, where it was not written by a person. */
  readonly reason: Event['reason'];
  /** Whether it was passed on as a line, and is no note about the handoff. */
  readonly line: boolean;
}

const AGENCY = /^agency:\S+ ?/;

/** Return what was written, oldest first. */
export function thread(events: readonly Event[]): Said[] {
  return events
    .filter(({ kind }) => kind === 'line' || kind === 'note')
    .map(({ at, kind, by, note, reason }) => ({
      at,
      theirs: AGENCY.test(by),
      who: by.replace(AGENCY, ''),
      text: note,
      reason,
      line: kind === 'line',
    }));
}

/**
 * Return what of it the agency wrote, and nobody here has seen or answered: `seen` is how much of
 * it somebody has had before their eyes.
 */
export function unread(said: readonly Said[], seen: number): Said[] {
  const answered = said.findLastIndex(({ theirs }) => !theirs) + 1;
  return said.slice(Math.max(seen, answered));
}
