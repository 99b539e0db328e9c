/** The languages that the console speaks, and what a text is in them. */
export type Language = 'id' | 'en';
export const LANGUAGES: readonly Language[] = ['id', 'en'];

/** One text in each language. `{name}` takes a value; `one|many` is chosen by the value `n`. */
export type Words = Record<string, Record<Language, string>>;
