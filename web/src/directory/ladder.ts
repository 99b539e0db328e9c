/** In which order an agency is told: each channel, and by each the agency itself and its contacts. */
import type { Agency, ChannelKind } from './entries';

export interface Rung {
  readonly channel: ChannelKind;
  readonly address: string;
  /** Empty for the agency itself. */
  readonly contact: string;
}

/** By these somebody of the centre tells the agency; by the others the service does. */
export const BY_HAND: readonly ChannelKind[] = ['voice', 'relay'];

/** Of these the other side says that it has the message; by the rest nothing is known of that. */
export const PROVEN: readonly ChannelKind[] = ['webhook', 'cap'];

export function ladder({ channels, contacts }: Agency): Rung[] {
  const rungs = channels.flatMap(({ kind, address }): Rung[] => {
    if (kind === 'account') return [{ channel: kind, address: '', contact: '' }];
    const own = address.trim() ? [{ channel: kind, address: address.trim(), contact: '' }] : [];
    const theirs = contacts
      .filter(({ addresses }) => addresses[kind]?.trim())
      .map(({ name, addresses }) => ({
        channel: kind,
        address: addresses[kind]?.trim() ?? '',
        contact: name,
      }));
    return [...own, ...theirs];
  });
  const known = new Set<string>();
  return rungs.filter((rung) => {
    const key = JSON.stringify(rung);
    return !known.has(key) && known.add(key);
  });
}
