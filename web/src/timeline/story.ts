/**
 * A ticket's timeline as it is read: which moments are shown, how each is told apart from the
 * others, and the intervals that matter. Words are put in where it is shown.
 */
import type { Schemas } from '../lib/api/client';
import { FIELDS } from '../lib/ticket/fields';

export type Moment = Schemas['MomentView'];
export type About = Moment['about'];

export const ABOUTS: readonly About[] = ['call', 'ticket', 'handoff', 'recording'];

/** What is shown of it: everything of these kinds, of one agency or of all. */
export interface Choice {
  readonly abouts: readonly string[];
  /** Code of an agency; empty for all. */
  readonly agency: string;
}

export interface Placed {
  /** The same for the same moment, though others come between. */
  readonly key: string;
  readonly moment: Moment;
}

/** Return the moments that are chosen, each with its key. */
export function chosen(moments: readonly Moment[], { abouts, agency }: Choice): Placed[] {
  const seen = new Map<string, number>();
  return moments
    .map((moment) => {
      const mark = [moment.at, moment.about, moment.what, moment.subject].join(' ');
      const n = seen.get(mark) ?? 0;
      seen.set(mark, n + 1);
      return { key: `${mark} ${n}`, moment };
    })
    .filter(
      ({ moment: { about, subject } }) =>
        abouts.includes(about) && (about !== 'handoff' || agency === '' || subject === agency),
    );
}

/** Return how many there are of a kind. */
export function count(moments: readonly Moment[], about: About): number {
  return moments.filter((each) => each.about === about).length;
}

/** Return those to whom each of something belongs, each once, in the order of their first. */
export function subjects(moments: readonly Moment[], about: About): string[] {
  return [...new Set(moments.filter((each) => each.about === about).map(({ subject }) => subject))];
}

export type FigureName = 'answered' | 'handed' | 'accepted' | 'on_scene';

/** How long one thing came after another; it still lasts where there is no end. */
export interface Figure {
  readonly name: FigureName;
  /** Milliseconds since 1970; null where it has not begun. */
  readonly from: number | null;
  readonly until: number | null;
}

/** Return the intervals by which a centre is measured. */
export function figures(moments: readonly Moment[]): Figure[] {
  const first = (about: About, ...whats: string[]): number | null => {
    const found = moments.find((each) => each.about === about && whats.includes(each.what));
    return found === undefined ? null : Date.parse(found.at);
  };
  const arrived = first('call', 'arrived') ?? first('ticket', 'opened');
  const answered = first('call', 'answered');
  const handed = first('handoff', 'queued');
  const there = first('handoff', 'on_scene');
  return [
    { name: 'answered', from: arrived, until: answered },
    { name: 'handed', from: answered, until: handed },
    {
      name: 'accepted',
      from: handed,
      until: first('handoff', 'accepted', 'en_route', 'on_scene', 'completed'),
    },
    { name: 'on_scene', from: handed === null ? null : arrived, until: there },
  ];
}

const ORDER: readonly string[] = FIELDS;

/** Return the fields that were written, as they are after it, as the form has them; a place is one. */
export function written(detail: Readonly<Record<string, string>>): [string, string][] {
  const { latitude, longitude, ...others } = detail;
  const fields: Record<string, string> = { ...others };
  if (latitude !== undefined || longitude !== undefined)
    fields['place'] = latitude && longitude ? `${latitude}, ${longitude}` : '';
  return Object.entries(fields).sort(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b));
}

export type Tone = 'neutral' | 'alarm' | 'wait' | 'talk';

const TONES: Readonly<Record<string, Tone>> = {
  'handoff declined': 'alarm',
  'handoff alarmed': 'alarm',
  'handoff failed': 'alarm',
  'handoff failing': 'wait',
  'handoff escalated': 'wait',
  'handoff untold': 'wait',
  'handoff accepted': 'talk',
  'handoff en_route': 'talk',
  'handoff on_scene': 'talk',
  'handoff completed': 'talk',
  'call answered': 'talk',
  'call returned': 'wait',
  'call recording.failed': 'alarm',
  'call popup.unseen': 'wait',
};

/** Return whether it is good, bad, or to be looked at. */
export function tone({ about, what, detail }: Moment): Tone {
  if (about === 'call' && what === 'ended' && detail['outcome'] !== 'answered') return 'alarm';
  return TONES[`${about} ${what}`] ?? 'neutral';
}

/** Whether another centre has asked, and it is what one centre has to say to the other. */
export function answers({ about, who, subject, detail }: Moment): boolean {
  return about === 'handoff' && detail['purpose'] === 'received' && doer(who).agency !== subject;
}

/** Who did it: the service is nobody, and of an agency there is the name that was given there. */
export function doer(who: string): { agency: string; name: string } {
  if (who === 'sip112') return { agency: '', name: '' };
  const [, agency = '', name = ''] = /^agency:(\S+) ?(.*)$/s.exec(who) ?? [];
  return agency === '' ? { agency, name: who } : { agency, name };
}
