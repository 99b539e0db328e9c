/** Tickets that others have given to whoever is signed in, or taken from them: told until put away. */
import { listen } from '../live/live.svelte';
import { meaning, type Handed } from './handed';

type Opens = (ticket: string, number: string) => void;

const shown = $state<{ handed: readonly Handed[]; opens: Opens | undefined }>({
  handed: [],
  opens: undefined,
});

/** Return what is to be told, the newest first. */
export function handed(): readonly Handed[] {
  return shown.handed;
}

export function putAway(ticket: string): void {
  shown.handed = shown.handed.filter((each) => each.ticket !== ticket);
}

/** Return what opens a ticket on this page, if it can be opened here. */
export function opens(): Opens | undefined {
  return shown.opens;
}

/** Have tickets opened by `open`, until the returned function is called. For `$effect`. */
export function openBy(open: Opens): () => void {
  shown.opens = open;
  return () => {
    shown.opens = undefined;
  };
}

/** Hear of what others do with tickets of `me`, until the returned function is called. */
export function followHanded(me: string): () => void {
  const deaf = listen({
    notice(notice) {
      const found = meaning(notice, me);
      if (!found) return;
      const others = shown.handed.filter((each) => each.ticket !== found.ticket);
      const before = shown.handed.find((each) => each.ticket === found.ticket);
      if (before === undefined || before.version < found.version) shown.handed = [found, ...others];
    },
  });
  return () => {
    deaf();
    shown.handed = [];
  };
}
