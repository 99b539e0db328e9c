/** How entries of the directory are called here and now. */
import { named, t } from '../lib/i18n/index.svelte';
import { lists } from '../lib/lists.svelte';
import { stock } from './stock.svelte';
import type { Speech } from './telling';

export const speech: Speech = {
  t,
  nameOf(part, code) {
    const all = stock();
    const items = { agency: all?.agencies, type: all?.types, area: all?.areas }[part];
    return named(items?.find((each) => each.code === code)?.name, code);
  },
  severityName: (code) => named(lists().severities.find((each) => each.code === code)?.name, code),
};
