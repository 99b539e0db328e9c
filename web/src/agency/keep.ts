/** What stays on the phone; a browser that keeps nothing has the page work all the same. */
export interface Keep {
  get(name: string): string;
  set(name: string, text: string): void;
}

const PREFIX = 'sip112.agency.';

export function kept(storage: () => Storage): Keep {
  return {
    get(name) {
      try {
        return storage().getItem(PREFIX + name) ?? '';
      } catch {
        return '';
      }
    },
    set(name, text) {
      try {
        if (text === '') storage().removeItem(PREFIX + name);
        else storage().setItem(PREFIX + name, text);
      } catch {
        // full, or forbidden: the page itself still has it
      }
    },
  };
}
