/** Who got no answer and is to be called back, live. */
import { SvelteMap } from 'svelte/reactivity';
import { api, ask, type Schemas } from '../lib/api/client';
import { t } from '../lib/i18n/index.svelte';
import { anew } from '../lib/live/anew';
import { listen } from '../lib/live/live.svelte';
import { session } from '../lib/session.svelte';
import { done } from '../lib/toasts.svelte';

export type Callback = Schemas['CallbackView'];

const known = new SvelteMap<string, Callback>();

/** Return those that are not over, the oldest first: who has waited longest is called first. */
export function callbacks(): Callback[] {
  return [...known.values()].sort((a, b) => a.opened_at.localeCompare(b.opened_at));
}

/** Take in how one of them is now. */
export function put(callback: Callback): void {
  if (callback.state === 'over') known.delete(callback.id);
  else known.set(callback.id, callback);
}

/** Keep the list true until the returned function is called. For `$effect`. */
export function followCallbacks(): () => void {
  const reading = anew(
    () => ask(api.GET('/v1/callbacks')),
    ({ items }) => {
      known.clear();
      items.forEach(put);
    },
  );
  reading.read();
  const end = listen({
    fresh: reading.read,
    entry({ kind, callback }) {
      if (!callback) return;
      put(callback);
      reading.told();
      // otherwise the own phone would fall silent, and ring for somebody else, for no reason
      const gaveWay = kind === 'callback.released' && callback.result === 'gave_way';
      if (gaveWay && callback.seat === session().seat)
        done(t('callback.later', { number: callback.number }), callback.id);
    },
  });
  return () => {
    reading.end();
    end();
  };
}
