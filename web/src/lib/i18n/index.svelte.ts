/** The language that the console speaks: Indonesian, or English for whoever chose it. */
import { LANGUAGES, type Language } from './languages';
import { say, type Key, type Values } from './words';

export { LANGUAGES, type Language } from './languages';
export type { Key } from './words';

const REMEMBERED = 'sip112.language';

function remembered(): Language {
  const chosen = localStorage.getItem(REMEMBERED);
  return LANGUAGES.find((each) => each === chosen) ?? 'id';
}

const speaking = $state<{ language: Language }>({ language: remembered() });
document.documentElement.lang = speaking.language;

export function language(): Language {
  return speaking.language;
}

export function speak(chosen: Language): void {
  speaking.language = chosen;
  localStorage.setItem(REMEMBERED, chosen);
  document.documentElement.lang = chosen;
}

/** Return a text in the language that is spoken now. */
export function t(key: Key, values?: Values): string {
  return say(speaking.language, key, values);
}

/** Return the name in the language that is spoken now of something that the city named in both. */
export function named(names: Partial<Record<Language, string>> | undefined, code: string): string {
  return names?.[speaking.language] ?? names?.id ?? names?.en ?? code;
}
