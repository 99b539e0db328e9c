/** The city's lists: what one chooses from. The last known ones serve while the service is away. */
import { api, ask, Refused, type Schemas } from './api/client';

export type Lists = Schemas['Lists'];
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

/** Read the lists anew, once; what is known stays if that fails. */
export async function readLists(): Promise<void> {
  try {
    shown = await ask(api.GET('/v1/lists'));
    localStorage.setItem(REMEMBERED, JSON.stringify(shown));
  } catch (error) {
    if (!(error instanceof Refused || error instanceof DOMException)) throw error;
  }
}
