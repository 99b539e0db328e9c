/** Which entries are looked for. */
import { named } from '../lib/i18n/index.svelte';
import { matching } from '../lib/matching';
import type { Name } from './entries';

/** Return the codes of those that fit by their name or code, or by `also`. */
export function found<I extends { readonly code: string; readonly name: Name }>(
  items: readonly I[],
  search: string,
  also: (item: I) => readonly string[] = () => [],
): ReadonlySet<string> {
  const options = items.map((each) => ({
    code: each.code,
    label: named(each.name, each.code),
    also: [each.name.id, each.name.en, ...also(each)],
  }));
  return new Set(matching(options, search).map(({ code }) => code));
}
