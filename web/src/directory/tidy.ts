/** An entry as it is sent: without the space around words, and without fields that were left empty. */
import type { Agency, Entry, Name } from './entries';

export function tidy<E extends Entry>(entry: E): E {
  const name = tidyName(entry.name);
  if (!('channels' in entry)) return { ...entry, name };
  const { contacts, channels } = entry as Agency;
  return {
    ...entry,
    name,
    contacts: contacts.map((each) => ({
      name: each.name.trim(),
      addresses: Object.fromEntries(
        Object.entries(each.addresses)
          .map(([kind, address]) => [kind, address.trim()])
          .filter(([, address]) => address),
      ),
    })),
    channels: channels.map(({ kind, address }) => ({
      kind,
      address: kind === 'account' ? '' : address.trim(),
    })),
  };
}

function tidyName({ id, en }: Name): Name {
  return { id: id.trim(), en: en.trim() };
}
