/**
 * What has come back to the centre: it was handed on, and nobody there acts.
 *
 * An agency that declines, or that nobody reaches, is somebody's business here at once, whatever
 * page they look at. It is told until somebody else is asked, the agency says something, or whoever
 * reads it puts it away; what happens to the same handoff after that is told anew.
 */
import type { Line } from './board';
import type { Placed } from './order';

export type Back = Placed<Line>;

/** By what it is known what was put away. */
export function mark({ handoff, standing }: Back): string {
  return `${handoff.id} ${standing} ${at(handoff)}`;
}

function at({ alarmed_at, since }: Line): string {
  return alarmed_at ?? since;
}

/** Return what is to be told, the newest first; of one whose ticket is not stored the next look. */
export function returned(placed: readonly Back[], away: ReadonlySet<string>): Back[] {
  return placed
    .filter(
      (each) =>
        (each.standing === 'declined' || each.standing === 'alarm') &&
        each.handoff.about !== null &&
        !away.has(mark(each)),
    )
    .sort((a, b) => at(b.handoff).localeCompare(at(a.handoff)));
}

/** Whether a change of a handoff may change what is told; `known` are those that are told. */
export function concerns(
  handoff: Pick<Line, 'id' | 'purpose' | 'ended' | 'step' | 'alarmed_at'>,
  known: ReadonlySet<string>,
): boolean {
  if (handoff.purpose === 'received') return false;
  const { id, ended, step, alarmed_at } = handoff;
  return ended || alarmed_at !== null || step === 'queued' || known.has(id);
}

/** Whether it is for somebody to see to: who handed it on, and who answers for all of it. */
export function isFor(me: string, supervises: boolean, { handoff }: Back): boolean {
  return supervises || handoff.requested_by === me;
}
