/** Which supervisors listen to which seats, live; and what a supervisor does about it. */
import { SvelteMap } from 'svelte/reactivity';
import { api, ask, type Schemas } from '../lib/api/client';
import { t } from '../lib/i18n/index.svelte';
import { anew } from '../lib/live/anew';
import { listen, type Notice } from '../lib/live/live.svelte';
import { session } from '../lib/session.svelte';
import { done, warn } from '../lib/toasts.svelte';
import { onRing, phone } from '../phone/phone.svelte';

export type Spy = Schemas['SpyView'];
export type SpyMode = Spy['mode'];

export const MODES: readonly SpyMode[] = ['listen', 'whisper', 'barge'];

/** What the phone of a supervisor shows beside a mode and a seat: it is nobody's call. */
const NUMBER = '112';

/** By the supervisor's seat, which has one at most. */
const known = new SvelteMap<string, Spy>();

/** Return who listens to a seat, or whose phone rings for it. */
export function spiesOn(seat: string): Spy[] {
  return [...known.values()].filter((each) => each.seat === seat);
}

/** Return our own, wherever it is. */
export function mine(): Spy | undefined {
  const { seat } = session();
  return seat === null ? undefined : known.get(seat);
}

function put(spy: Spy): void {
  if (spy.state === 'over') known.delete(spy.by);
  else known.set(spy.by, spy);
}

export async function spyOn(seat: string, mode: SpyMode): Promise<void> {
  const given = { params: { path: { seat } }, body: { mode } };
  put(await ask(api.POST('/v1/seats/{seat}/spy', given)));
}

export async function stopSpying(seat: string): Promise<void> {
  await ask(api.DELETE('/v1/seats/{seat}/spy', { params: { path: { seat } } }));
}

/** Say why our own is over, unless we wanted it so. */
function tellEnd({ seat, by, end, who }: Spy): void {
  if (by !== session().seat || who !== session().agent.id) return;
  if (end === 'not_reached') warn(t('spy.end.not_reached', { seat: by }));
  else if (end !== null && end !== 'stopped') done(t(`spy.end.${end}`, { seat }));
}

/** Keep it true until the returned function is called, and pick up what we asked for. */
export function followSpies(): () => void {
  const reading = anew(
    () => ask(api.GET('/v1/spies')),
    ({ items }) => {
      known.clear();
      items.forEach(put);
    },
  );
  reading.read();
  const heard = listen({
    fresh: reading.read,
    notice(notice: Notice) {
      if (notice.kind !== 'spy.changed') return;
      const spy = notice['spy'] as Spy;
      put(spy);
      reading.told();
      if (spy.state === 'over') tellEnd(spy);
    },
  });
  // Whoever pressed the button is there: their phone in this browser need not ring.
  const rung = onRing((call) => {
    const asked = mine()?.state === 'called' && call.ticket === null && call.number === NUMBER;
    if (asked) phone().answer(call.id);
  });
  return () => {
    reading.end();
    heard();
    rung();
    known.clear();
  };
}
