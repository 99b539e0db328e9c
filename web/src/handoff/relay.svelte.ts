/**
 * The text relay of whoever is signed in, in this tab: what is typed and under way, and what
 * agencies write back, also while another ticket is looked at.
 */
import { SvelteMap } from 'svelte/reactivity';
import { api, ask, Refused } from '../lib/api/client';
import { unreachable } from '../lib/api/problem';
import { newKey } from '../lib/key';
import { listen } from '../lib/live/live.svelte';
import { session } from '../lib/session.svelte';
import { Sound } from '../phone/sound';
import type { Line as Listed } from './board';
import type { Handoff } from './choice';
import { Lines, type Line, type Underway } from './lines';
import { thread, unread as among, type Said } from './thread';
import type { Known } from './ticket.svelte';

/** Milliseconds after which no answer is waited for any more: the connection may be dead. */
const PATIENCE = 10_000;
/** Milliseconds between two looks: what is written through another node is told by nobody. */
const LOOK = 10_000;

/** What is known of a handoff's thread. */
interface Thread {
  readonly handoff: Known;
  /** Number of its ticket. */
  readonly number: string;
  readonly said: readonly Said[];
  /** Whether what was said before has been read. */
  readonly read: boolean;
}

/** What the service tells of a thread in a list. */
type Told = Pick<Listed, 'id' | 'version' | 'ended' | 'unread'>;

const threads = new SvelteMap<string, Thread>();
/** How much of each somebody has had before their eyes here. */
const seen = new SvelteMap<string, number>();
/** Those in which lines were written here: they are followed wherever one goes. */
const ours = new Set<string>();
/** The thread that is open at each ticket. */
const open = new SvelteMap<string, string>();
/** The tickets that are shown, and how often. */
const shown = new SvelteMap<string, number>();
/** What is typed and not sent, by handoff. */
export const drafts = new SvelteMap<string, string>();

let lines: Lines<Known> | undefined;
let underway = $state.raw<readonly Underway[]>([]);
let sound: Sound | undefined;

/** Begin: go on with what is kept here. The returned function ends it. For `$effect`. */
export function followRelay(): () => void {
  const place = `${session().centre}/${session().agent.id}`;
  const mine = new Lines<Known>(send, (now) => put(now), tell, sessionStorage, place, newKey);
  lines = mine;
  function tell(): void {
    underway = lines?.all ?? [];
  }
  tell();
  for (const { handoff } of underway) ours.add(handoff);
  const again = (): void => {
    mine.nudge();
    look();
  };
  const deaf = listen({
    fresh: again,
    notice: (notice) => {
      if (notice.kind !== 'handoff.changed') return;
      const handoff = notice['handoff'] as Handoff;
      const known = threads.get(handoff.id);
      // those of a ticket that is shown are read there
      if (ours.has(handoff.id) && !isShown(handoff.ticket) && newer(handoff, known?.handoff))
        void read(handoff.id);
    },
  });
  const looking = setInterval(look, LOOK);
  addEventListener('online', again);
  return () => {
    clearInterval(looking);
    deaf();
    removeEventListener('online', again);
    mine.rest();
    sound?.close();
    lines = sound = undefined;
    underway = [];
    for (const each of [threads, seen, ours, open, shown, drafts]) each.clear();
  };
}

/** Take in the handoffs of a ticket that is shown, as they are now. */
export function take(handoffs: readonly Known[], number: string): void {
  sound ??= new Sound(() => undefined); // not before: who looks at no ticket needs none
  for (const each of handoffs) put(each, number);
}

/** A ticket is shown until the returned function is called. For `$effect`. */
export function show(ticket: string): () => void {
  shown.set(ticket, (shown.get(ticket) ?? 0) + 1);
  return () => void shown.set(ticket, (shown.get(ticket) ?? 1) - 1);
}

export function isShown(ticket: string): boolean {
  return (shown.get(ticket) ?? 0) > 0;
}

/** Open the thread with an agency at its ticket. */
export function openThread({ ticket, id }: Pick<Known, 'ticket' | 'id'>): void {
  open.set(ticket, id);
}

export function closeThread(ticket: string): void {
  open.delete(ticket);
}

/** Return the thread that is open at a ticket. */
export function opened(ticket: string): Thread | undefined {
  return threads.get(open.get(ticket) ?? '');
}

/** Say that all of a thread is before somebody's eyes. */
export function lookAt(handoff: string): void {
  const known = threads.get(handoff);
  if (known !== undefined && seen.get(handoff) !== known.said.length)
    seen.set(handoff, known.said.length);
}

/** Return what an agency wrote that nobody here has seen or answered. */
export function unread(handoff: string): Said[] {
  const known = threads.get(handoff);
  if (known === undefined || known.handoff.ended) return [];
  return among(known.said, seen.get(handoff) ?? 0);
}

/**
 * Return how much an agency wrote that nobody here has seen or answered, as far as the service
 * tells of a handoff: less only where this tab knows its thread as it is.
 */
export function unreadOf({ id, version, ended, unread: n }: Told): number {
  const known = threads.get(id);
  if (known?.read === true && known.handoff.version >= version) return unread(id).length;
  return ended ? 0 : n;
}

/** Return the threads of tickets that are not shown in which an agency has written something. */
export function elsewhere(): { thread: Thread; last: Said }[] {
  return [...threads.values()].flatMap((each) => {
    const last = unread(each.handoff.id).at(-1);
    const is = ours.has(each.handoff.id) && !isShown(each.handoff.ticket);
    return is && last !== undefined ? [{ thread: each, last }] : [];
  });
}

/** Return what is under way to an agency, in order. */
export function underwayTo(handoff: string): Underway[] {
  return underway.filter((each) => each.handoff === handoff);
}

/** Return what waits to be sent again, and what waits behind it. */
export function stuck(): readonly Underway[] {
  const waiting = underway.filter(({ refused }) => !refused);
  return waiting.some(({ why }) => why !== null) ? waiting : [];
}

/** Pass a line on. */
export function write(handoff: string, text: string): void {
  ours.add(handoff);
  lines?.write(handoff, text);
}

/** Put a line that was refused away; its words are typed again. */
export function takeBack({ key, handoff }: Line): void {
  const text = lines?.drop(key) ?? '';
  drafts.set(handoff, [text, drafts.get(handoff)].filter(Boolean).join(' '));
}

async function send({ handoff, text, key }: Line): Promise<Known> {
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    return await ask(
      api.POST('/v1/handoffs/{handoff_id}/lines', {
        params: { path: { handoff_id: handoff }, header: { 'idempotency-key': key } },
        body: { text },
        signal,
      }),
    );
  } catch (error) {
    if (signal.aborted && !(error instanceof Refused)) throw unreachable();
    throw error;
  }
}

/** Read what goes on elsewhere. */
function look(): void {
  for (const handoff of ours) {
    const known = threads.get(handoff)?.handoff;
    if (known === undefined || !(known.ended || isShown(known.ticket))) void read(handoff);
  }
}

async function read(handoff: string): Promise<void> {
  try {
    put(
      await ask(
        api.GET('/v1/handoffs/{handoff_id}', { params: { path: { handoff_id: handoff } } }),
      ),
    );
  } catch (error) {
    if (!(error instanceof Refused)) throw error; // read again at the next look
  }
}

function put(handoff: Known, number = threads.get(handoff.id)?.number ?? ''): void {
  const before = threads.get(handoff.id);
  if (before !== undefined && before.handoff.version > handoff.version) return;
  const said = handoff.events === undefined ? (before?.said ?? []) : thread(handoff.events);
  const isRead = before?.read === true || handoff.events !== undefined;
  threads.set(handoff.id, { handoff, number, said, read: isRead });
  const news = before?.read === true ? said.slice(before.said.length) : [];
  if (news.some(({ theirs }) => theirs)) sound?.chime();
}

function newer(one: Handoff, other: Handoff | undefined): boolean {
  return other === undefined || one.version > other.version;
}
