/** How an address of each kind of channel is written, as the service takes it. */
import type { Key } from '../lib/i18n/words';
import type { ChannelKind } from './entries';

const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const FORMS: Partial<Record<ChannelKind, RegExp>> = {
  voice: /^[0-9*#+]{1,40}$/,
  sms: /^\+?[0-9]{3,15}$/,
  whatsapp: /^\+?[1-9][0-9]{7,14}$/,
  email: new RegExp(
    `^[A-Za-z0-9_][A-Za-z0-9._+-]{0,63}@(?:${LABEL}\\.){1,8}[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$`,
  ),
  telegram: /^(?:-?[0-9]{3,20}|@[A-Za-z][A-Za-z0-9_]{3,63})(?::[0-9]{1,10})?$/,
};

/** Return what is wrong with an address that is not empty. */
export function wrongAddress(kind: ChannelKind, address: string): Key | null {
  if (kind === 'webhook' || kind === 'cap') return wrongUrl(address);
  const form = FORMS[kind];
  if (form === undefined || form.test(address)) return null;
  return `directory.wrong.${kind as 'voice' | 'sms' | 'whatsapp' | 'email' | 'telegram'}`;
}

function wrongUrl(address: string): Key | null {
  try {
    const { hostname, username, password } = new URL(address);
    if (!/^https?:\/\/[!-~]+$/.test(address) || hostname === '') return 'directory.wrong.url';
    return username || password ? 'directory.wrong.url.signed-in' : null;
  } catch {
    return 'directory.wrong.url';
  }
}
