/** What stands in a field of a ticket, in words: choices by their names, all else as it is. */
import { named, t } from '../i18n/index.svelte';
import { lists, type Choice } from '../lists.svelte';

function nameOf(choices: readonly Choice[], code: string): string {
  return named(choices.find((each) => each.code === code)?.name, code);
}

export function valueName(field: string, value: string): string {
  switch (field) {
    case 'incident_type':
      return nameOf(lists().incident_types, value);
    case 'severity':
      return nameOf(lists().severities, value);
    case 'language':
      return nameOf(lists().languages, value);
    case 'disposition':
      return nameOf(lists().dispositions, value);
    case 'status':
      return t(value === 'closed' ? 'ticket.closed' : 'ticket.open');
    default:
      return value;
  }
}
