/** Something that the phone in this browser is told to do, and may not be able to. */
import { t } from '../lib/i18n/index.svelte';
import { warn } from '../lib/toasts.svelte';

const fail = () => warn(t('phone.cannot'), t('phone.cannot.remedy'));

/** Do it, and say so if it cannot be done; returns whether it could be begun. */
export function attempt(action: () => void | Promise<void>): boolean {
  try {
    const doing = action();
    if (doing) doing.catch(fail);
    return true;
  } catch {
    fail();
    return false;
  }
}
