/** What the words of every area are: each in both languages, so that none can be missing. */
import type { Language } from './languages';
import { agency } from './words/agency';
import { alarms } from './words/alarms';
import { assign } from './words/assign';
import { audit } from './words/audit';
import { callback } from './words/callback';
import { calls } from './words/calls';
import { common } from './words/common';
import { desk } from './words/desk';
import { directory } from './words/directory';
import { handoff } from './words/handoff';
import { handoffs } from './words/handoffs';
import { links } from './words/links';
import { map } from './words/map';
import { people } from './words/people';
import { problems } from './words/problems';
import { received } from './words/received';
import { reasons } from './words/reasons';
import { referral } from './words/referral';
import { relay } from './words/relay';
import { session } from './words/session';
import { spy } from './words/spy';
import { supervisor } from './words/supervisor';
import { ticket } from './words/ticket';
import { timeline } from './words/timeline';

/** Each page has a file of words of its own; its keys begin with the page's name. */
export const WORDS = {
  ...agency,
  ...alarms,
  ...assign,
  ...audit,
  ...callback,
  ...calls,
  ...common,
  ...desk,
  ...directory,
  ...handoff,
  ...handoffs,
  ...links,
  ...map,
  ...people,
  ...problems,
  ...received,
  ...reasons,
  ...referral,
  ...relay,
  ...session,
  ...spy,
  ...supervisor,
  ...ticket,
  ...timeline,
};

export type Key = keyof typeof WORDS;

/** Return the key, if there are words for it. */
export function keyOf(text: string): Key | undefined {
  return Object.hasOwn(WORDS, text) ? (text as Key) : undefined;
}

export type Values = Record<string, string | number>;

/** Return a text in a language, with its values put in. Values are text and never markup. */
export function say(language: Language, key: Key, values: Values = {}): string {
  const [one, many] = WORDS[key][language].split('|');
  const text = many !== undefined && values['n'] !== 1 ? many : (one ?? '');
  const whole = text.replace(/\[([^\]]*\{[^\]]*)\]/g, (_, part: string) =>
    [...part.matchAll(/\{(\w+)\}/g)].every(([, name = '']) => name in values) ? part : '',
  );
  return whole.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
