/** By which way an agency is told, in words: the channel, who is reached by it, and the number. */
import { t } from '../lib/i18n/index.svelte';
import type { Handoff } from './choice';

export function way({ by, ended, numbers }: Handoff): string {
  if (by === null || ended) return '';
  const number = numbers.find(({ contact }) => contact === by.contact)?.number;
  return [t(`handoff.channel.${by.channel}`), by.contact, by.channel === 'voice' ? number : '']
    .filter(Boolean)
    .join(' · ');
}
