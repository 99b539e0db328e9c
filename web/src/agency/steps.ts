/** What an agency may say of an incident, and what comes first of it. */
import type { components } from '../lib/api/schema';

export type Incident = components['schemas']['IncidentView'];
export type Step = Incident['step'];
export type Sayable = components['schemas']['LinkStep']['step'];

/** The way that an incident usually goes; whoever answers is led along it. */
const WAY: readonly Sayable[] = ['acknowledged', 'accepted', 'en_route', 'on_scene', 'completed'];

/** What may follow, of what was pressed and the service has not heard yet. */
const FOLLOWING: Readonly<Record<Sayable, readonly Sayable[]>> = {
  acknowledged: ['accepted', 'declined', 'en_route', 'on_scene', 'completed'],
  accepted: ['declined', 'en_route', 'on_scene', 'completed'],
  en_route: ['declined', 'on_scene', 'completed'],
  on_scene: ['completed'],
  declined: [],
  completed: [],
};

/** Those after which nothing follows: asked for twice, since they cannot be taken back. */
const ENDING: ReadonlySet<Sayable> = new Set(['declined', 'completed']);

export interface Offer {
  /** What comes next; undefined when the incident is over for the agency. */
  primary: Sayable | undefined;
  declines: boolean;
  /** Steps further on, for whoever was faster than the page. */
  others: Sayable[];
}

export function isEnding(step: Sayable): boolean {
  return ENDING.has(step);
}

/** Return what may be pressed, when `pressed` is the last step that waits to be sent. */
export function offer(incident: Incident, pressed: Sayable | undefined): Offer {
  const may: readonly string[] = pressed === undefined ? incident.following : FOLLOWING[pressed];
  const [primary, ...others] = WAY.filter((each) => may.includes(each));
  return { primary, declines: may.includes('declined'), others };
}

/** Tell whether an incident at `at` has come further already than to `step`. */
export function isPast(step: Sayable | undefined, at: Step | undefined): boolean {
  const way: readonly (string | undefined)[] = WAY;
  return way.includes(step) && way.indexOf(at) > way.indexOf(step);
}
