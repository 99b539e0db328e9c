/** The city's lists: what one chooses from. The last known ones serve while the service is away. */
import { Refused } from './api/problem';
import { request } from './api/request';

export interface Choice {
  readonly code: string;
  readonly name: { readonly id: string; readonly en: string };
}

export interface IncidentType extends Choice {
  readonly parent: string | null;
  /** Proposed with this type. */
  readonly severity: string | null;
}

export interface Lists {
  readonly incident_types: readonly IncidentType[];
  readonly severities: readonly Choice[];
  readonly dispositions: readonly Choice[];
  readonly languages: readonly Choice[];
  readonly pause_reasons: readonly Choice[];
}

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
    shown = { ...NONE, ...(await request<Partial<Lists>>('GET', '/v1/lists')) };
    localStorage.setItem(REMEMBERED, JSON.stringify(shown));
  } catch (error) {
    if (!(error instanceof Refused || error instanceof DOMException)) throw error;
  }
}
