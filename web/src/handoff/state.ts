/** How far a handoff has come, in a word, and how loudly it is said. */
import type { Key } from '../lib/i18n/words';
import type { Line } from './board';
import type { Standing } from './order';

export interface Said {
  readonly word: Key;
  readonly tone: 'neutral' | 'alarm' | 'wait' | 'talk';
  /** What more there is to know of it. */
  readonly more?: Key;
}

/** What has not come in time, and what is to be done about it. */
interface Alarm {
  readonly word: Key;
  readonly remedy: Key;
}

const NOT_REACHED: Alarm = { word: 'handoff.alarm', remedy: 'handoff.alarm.do' };
const ALARMS: Partial<Record<Line['step'], Alarm>> = {
  delivered: { word: 'handoff.alarm.unanswered', remedy: 'handoff.alarm.do' },
  acknowledged: { word: 'handoff.alarm.unanswered', remedy: 'handoff.alarm.unanswered.do' },
  accepted: { word: 'handoff.alarm.waiting', remedy: 'handoff.alarm.late.do' },
  en_route: { word: 'handoff.alarm.late', remedy: 'handoff.alarm.late.do' },
};

export function alarm({ step }: Pick<Line, 'step'>): Alarm {
  return ALARMS[step] ?? NOT_REACHED;
}

/** By these a person speaks with the agency, so that they know whether they were heard. */
const SPOKEN: readonly string[] = ['voice', 'relay'];

export function spoken(channel: string): boolean {
  return SPOKEN.includes(channel);
}

/** Whether a way tells nothing of what became of a message that has left by it. */
export function unproven(channel: string): boolean {
  return !spoken(channel);
}

export function said(handoff: Pick<Line, 'step' | 'by' | 'by_hand'>, standing: Standing): Said {
  const { step, by } = handoff;
  if (standing === 'alarm') return { word: alarm(handoff).word, tone: 'alarm' };
  if (standing === 'declined') return { word: 'handoff.step.declined', tone: 'alarm' };
  if (handoff.by_hand) return { word: 'handoff.call', tone: 'wait' };
  if (step === 'sent' && by !== null && unproven(by.channel))
    return { word: 'handoff.unproven', tone: 'wait', more: 'handoff.unproven.why' };
  const acts = step === 'accepted' || step === 'en_route' || step === 'on_scene';
  return { word: `handoff.step.${step}`, tone: acts ? 'talk' : 'neutral' };
}
