/** Why a message to an agency failed, in the language that is spoken. */
import type { Schemas } from './api/client';
import type { Language } from './i18n/languages';
import { keyOf, say } from './i18n/words';

export type Reason = Schemas['ReasonView'];

export interface Told {
  readonly text: string;
  /** The language of the text, if that is not the one which is spoken. */
  readonly language: Language | undefined;
}

const HOUR = 3600;
const MINUTE = 60;

/** Return what was written down of something that happened to a handoff: as it is, or a reason. */
export function told(
  { what, reason, text }: { what: string; reason: Reason | null; text: string },
  language: Language,
): Told {
  const failed = what === 'failing' || what === 'failed';
  return reason || failed ? worded(reason, text, language) : { text, language: undefined };
}

/** Return why something failed: as the service wrote it down, in English, if it is not known here. */
export function worded(reason: Reason | null, text: string, language: Language): Told {
  const key = reason && keyOf(`reason.${reason.code}`);
  if (!key) return { text, language: 'en' };
  const why = say(language, key, reason.details);
  const tried = reason.details['given_up_after_s'] ?? '';
  if (!/^[0-9]{1,9}$/.test(tried)) return { text: why, language: undefined };
  const seconds = Number(tried);
  const unit = seconds >= HOUR ? 'hours' : 'minutes';
  const n = seconds / (unit === 'hours' ? HOUR : MINUTE);
  return { text: say(language, `reason.tried.${unit}`, { n, why }), language: undefined };
}
