/** What somebody must look at: checks that fail, what the auditor healed, tickets seen too late. */
import { SvelteMap } from 'svelte/reactivity';
import { api, ask, type Schemas } from '../lib/api/client';
import { now } from '../lib/clock.svelte';
import { anew } from '../lib/live/anew';
import { listen, type EventView } from '../lib/live/live.svelte';

export type Standing = Schemas['StandingAlarm'];

/** Milliseconds for which something that happened, and is over, is shown. */
const PASSING = 600_000;

const standing = new SvelteMap<string, Standing>();
const happened = $state<{ entries: EventView[] }>({ entries: [] });

/** Return the checks that fail, the critical ones first. */
export function alarms(): Standing[] {
  const rank = (alarm: Standing) => (alarm.severity === 'critical' ? 0 : 1);
  return [...standing.values()].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** Return what happened in the last minutes that somebody should know of, the newest first. */
export function passing(): EventView[] {
  return happened.entries.filter((entry) => Date.parse(entry.at) > now() - PASSING);
}

function take(entries: readonly EventView[]): void {
  const all = new Map([...happened.entries, ...entries].map((each) => [each.seq, each]));
  happened.entries = [...all.values()]
    .filter((entry) => Date.parse(entry.at) > now() - PASSING)
    .sort((a, b) => b.seq - a.seq);
}

/** Keep them true until the returned function is called. For `$effect`. */
export function followAlarms(): () => void {
  const reading = anew(
    () => ask(api.GET('/v1/alarms')),
    ({ items, drift }) => {
      standing.clear();
      for (const alarm of items) standing.set(alarm.name, alarm);
      take(drift);
    },
  );

  const end = listen({
    fresh: reading.read,
    notice(notice) {
      if (notice.kind !== 'alarm') return;
      const { at, ...alarm } = notice as unknown as Schemas['AlarmView'];
      if (alarm.ok) standing.delete(alarm.name);
      else standing.set(alarm.name, { ...alarm, since: at });
      reading.told();
    },
    entry(entry) {
      if (entry.kind === 'pbx.drift' || entry.kind === 'popup.unseen') take([entry]);
    },
  });
  reading.read();
  return () => {
    reading.end();
    end();
  };
}
