/** What the phone as a whole is doing, from what its lines and calls are doing. */

/** One Asterisk at which the phone registers. */
export type LineState = 'connecting' | 'connected' | 'registered' | 'cut' | 'refused';

/** One call: `ringing` is for us, `calling` rings for somebody whom we called. */
export type CallState = 'ringing' | 'calling' | 'talking' | 'held' | 'ended';

/** The phone; see the head of `phone.ts`. */
export type PhoneState =
  'offline' | 'connecting' | 'registered' | 'ringing' | 'calling' | 'talking' | 'muted' | 'held';

export interface CallSituation {
  readonly state: CallState;
  readonly muted: boolean;
}

/** Return the state of a phone that `runs`: whoever talks, talks, whatever else rings. */
export function stateOf(
  runs: boolean,
  lines: readonly LineState[],
  calls: readonly CallSituation[],
): PhoneState {
  const talking = calls.find((call) => call.state === 'talking');
  if (talking) return talking.muted ? 'muted' : 'talking';
  for (const state of ['ringing', 'calling', 'held'] as const)
    if (calls.some((call) => call.state === state)) return state;
  if (!runs) return 'offline';
  return lines.includes('registered') ? 'registered' : 'connecting';
}
