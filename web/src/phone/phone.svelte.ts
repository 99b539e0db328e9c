/**
 * The one phone of this page, for Svelte: what `phoneNow()` returns is reactive.
 *
 *     sitAtPhone(seat)       // App calls it for as long as one sits at a seat; pages need not
 *     phoneKind()            // 'browser', 'own' (a telephone of its own), or null: not known yet
 *     phoneNow()             // PhoneNow, see phone.ts: state, problems, calls, lines, audible, chosen
 *     phone().answer()       // answer, hangUp, hold, unhold, mute, unmute, dtmf, call, levels,
 *                            // devices, choose: see phone.ts; throws where there is no phone
 *     onRing((call) => ...)  // returns a function that ends it, for $effect
 *
 * It is at `window.sip112Phone` too, for tests and for who looks for a fault.
 */
import { api, ask, Refused } from '../lib/api/client';
import { Phone, type CallNow, type PhoneNow } from './phone';

const NOTHING: PhoneNow = {
  state: 'offline',
  problems: [],
  lines: [],
  calls: [],
  audible: false,
  chosen: { microphone: '', speaker: '', ringer: '' },
};
const AGAIN = 2_000;

declare global {
  interface Window {
    sip112Phone?: Phone;
  }
}

let now = $state.raw<PhoneNow>(NOTHING);
let kind = $state<'browser' | 'own' | null>(null);
/** The phone of this page; it outlasts whoever leaves its seat until its calls are over. */
let current: { readonly seat: string; readonly phone: Phone } | null = null;
const listeners = new Set<(call: CallNow) => void>();

/** What is at the seat to talk with; null before the service has said it. */
export function phoneKind(): 'browser' | 'own' | null {
  return kind;
}

export function phoneNow(): PhoneNow {
  return now;
}

/** The phone, to do something with it. */
export function phone(): Phone {
  if (current === null) throw new Error('there is no phone in this page');
  return current.phone;
}

/** Hear of each call that rings, until the returned function is called. */
export function onRing(listener: (call: CallNow) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Have the phone of `seat`, if it is the browser, until the returned function is called. */
export function sitAtPhone(seat: string): () => void {
  let left = false;
  let mine: Phone | null = null;

  async function begin(): Promise<void> {
    const found = await kindOf(seat, () => left);
    if (left || found === null) return;
    kind = found;
    if (found !== 'browser') return;
    mine = phoneOf(seat);
    mine.start();
  }

  void begin();
  return () => {
    left = true;
    kind = null;
    mine?.stop();
  };
}

/** Return the phone of `seat`: the one that still has a call, or a new one. */
function phoneOf(seat: string): Phone {
  if (current?.seat === seat) return current.phone;
  const path = { params: { path: { seat } } };
  const made = new Phone({
    grant: () => ask(api.POST('/v1/seats/{seat}/phone', path)),
    memory: localStorage,
  });
  made.on('change', (changed) => {
    if (current?.phone === made) now = changed;
  });
  made.on('ring', (call) => listeners.forEach((each) => each(call)));
  current = { seat, phone: made };
  now = made.now;
  window.sip112Phone = made;
  return made;
}

/** Leaving the page would cut off whoever we talk with. */
window.addEventListener('beforeunload', (event) => {
  if (now.calls.some((each) => each.state !== 'ringing')) event.preventDefault();
});

/** Ask which kind of phone a seat has, until the service answers. */
async function kindOf(seat: string, left: () => boolean): Promise<'browser' | 'own' | null> {
  const path = { params: { path: { seat } } };
  while (!left()) {
    try {
      return (await ask(api.GET('/v1/seats/{seat}/phone', path))).kind;
    } catch (error) {
      if (error instanceof Refused && !error.passing) return null;
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
    }
  }
  return null;
}
