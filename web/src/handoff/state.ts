/** How far a handoff has come, in a word, and how loudly it is said. */
import type { Key } from '../lib/i18n/words';
import { toCall, type Line } from './board';
import type { Standing } from './order';

export interface Said {
  readonly word: Key;
  readonly tone: 'neutral' | 'alarm' | 'wait' | 'talk';
}

export function said(handoff: Pick<Line, 'step' | 'by'>, standing: Standing): Said {
  const { step } = handoff;
  if (standing === 'alarm') return { word: 'handoff.alarm', tone: 'alarm' };
  if (standing === 'declined') return { word: 'handoff.step.declined', tone: 'alarm' };
  if (toCall(handoff)) return { word: 'handoff.call', tone: 'wait' };
  const acts = step === 'accepted' || step === 'en_route' || step === 'on_scene';
  return { word: `handoff.step.${step}`, tone: acts ? 'talk' : 'neutral' };
}
