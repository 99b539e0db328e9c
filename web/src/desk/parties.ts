/** How our seat stands to its call: who rings, who talks with whom, who waits with music. */
import type { CallView } from '../lib/live/reducer';

export type Phase =
  | 'ringing'
  | 'talking'
  /** The caller hears music, and we talk with nobody. */
  | 'held'
  /** The caller hears music while somebody is called to whom we want to speak first. */
  | 'calling'
  /** We speak with somebody, and the caller hears music. */
  | 'consulting'
  /** Several of us speak with the caller. */
  | 'together';

export interface Situation {
  readonly phase: Phase;
  /** The other one, as people call them; empty where there is none. */
  readonly other: string;
  /** Whether the other one is still being called. */
  readonly otherRings: boolean;
  /** Whether the other one asks us, and not we them. */
  readonly asked: boolean;
}

/** Whether `seat` takes part in the call, is called into it, or is the one that it rings for. */
export function concerns(call: CallView, seat: string): boolean {
  return call.parties.length > 0
    ? call.parties.some((each) => each.seat === seat)
    : call.seat === seat;
}

export function situation(call: CallView, seat: string): Situation {
  const ours = call.parties.find((each) => each.seat === seat);
  const others = call.parties.filter((each) => each !== ours);
  const other = others.find((each) => each.place !== 'talking') ?? others[0];
  const who = other ? (other.seat ?? other.number ?? '') : '';
  const otherRings = other?.place === 'ringing';
  const find = (): Phase => {
    if (call.state !== 'talking' || ours?.place === 'ringing') return 'ringing';
    if (ours?.place === 'aside')
      return other?.place === 'aside' ? 'consulting' : otherRings ? 'calling' : 'held';
    return other?.place === 'talking' ? 'together' : 'talking';
  };
  const phase = find();
  const asked =
    (phase === 'ringing' && who !== '') || (phase === 'consulting' && call.seat !== seat);
  return { phase, other: who, otherRings, asked };
}
