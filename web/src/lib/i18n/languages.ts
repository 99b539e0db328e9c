/** The languages that the console speaks, and what a text is in them. */
export type Language = 'id' | 'en';
export const LANGUAGES: readonly Language[] = ['id', 'en'];

/**
 * One text in each language. `{name}` takes a value; `one|many` is chosen by the value `n`; what
 * stands in square brackets is left out where one of its values is not given.
 */
export type Words = Record<string, Record<Language, string>>;
