/** The city's lists: what one chooses from. The last known ones serve while the service is away. */
import { api, ask, Refused, type Schemas } from './api/client';
import { named, t } from './i18n/index.svelte';
import { listen } from './live/live.svelte';

export type Lists = Schemas['ListsView'];
export type Choice = Schemas['Choice'];

const REMEMBERED = 'sip112.lists';
const NONE: Lists = {
  incident_types: [],
  severities: [],
  dispositions: [],
  languages: [],
  pause_reasons: [],
};

let shown = $state.raw<Lists>(remembered());

function remembered(): Lists {
  try {
    const found = JSON.parse(localStorage.getItem(REMEMBERED) ?? '{}') as Partial<Lists>;
    return { ...NONE, ...found };
  } catch {
    return NONE;
  }
}

export function lists(): Lists {
  return shown;
}

/** Return why a seat is paused, in words; a reason that is on no list is what somebody wrote. */
export function pauseReason(code: string): string {
  if (code === 'no answer') return t('desk.pause.unanswered');
  return named(shown.pause_reasons.find((each) => each.code === code)?.name, code);
}

/** Read the lists anew, once; what is known stays if that fails. */
export async function readLists(): Promise<void> {
  try {
    shown = await ask(api.GET('/v1/lists'));
    localStorage.setItem(REMEMBERED, JSON.stringify(shown));
  } catch (error) {
    if (!(error instanceof Refused || error instanceof DOMException)) throw error;
  }
}

/** Read them anew with each change of the directory, until the returned function is called. */
export function followLists(): () => void {
  return listen({
    notice({ kind }) {
      if (kind === 'directory.changed') void readLists();
    },
  });
}
