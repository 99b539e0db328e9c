/** Today's figures, as the service counts them: read anew as calls go on, and callers are referred. */
import { api, ask, Refused, type Schemas } from '../lib/api/client';
import { listen } from '../lib/live/live.svelte';

export type Day = Schemas['SummaryView'];

/** Milliseconds in which what happens at once is read together; the database follows by some. */
const SETTLE = 1_000;
/** Milliseconds after which it is read in any case: midnight makes a new day of it. */
const LONGEST = 60_000;

const COUNTED = new Set(['call.arrived', 'call.answered', 'call.ended']);

const shown = $state<{ day: Day | null }>({ day: null });

/** Return today's figures; null until they are known. */
export function today(): Day | null {
  return shown.day;
}

/** Keep the figures true until the returned function is called. For `$effect`. */
export function followDay(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  async function read(): Promise<void> {
    clearTimeout(timer);
    timer = setTimeout(read, LONGEST);
    try {
      const found = await ask(api.GET('/v1/summary'));
      if (!ended) shown.day = found;
    } catch (error) {
      if (!(error instanceof Refused)) throw error; // what was counted last stays
    }
  }

  let soon: ReturnType<typeof setTimeout> | undefined;
  function settle(): void {
    soon ??= setTimeout(() => {
      soon = undefined;
      void read();
    }, SETTLE);
  }

  const end = listen({
    fresh: () => void read(),
    entry({ kind }) {
      if (COUNTED.has(kind)) settle();
    },
    notice(notice) {
      if (notice.kind !== 'handoff.changed') return;
      if ((notice['handoff'] as Schemas['HandoffView']).purpose === 'referral') settle();
    },
  });
  void read();
  return () => {
    ended = true;
    clearTimeout(timer);
    clearTimeout(soon);
    end();
  };
}

/** Return a share in per cent, rounded down: what is below a target must not look like it. */
export function percent(share: number, language: string, digits: 0 | 1): string {
  const scale = 10 ** digits;
  const floored = Math.floor(share * 100 * scale + 1e-9) / scale;
  const number = floored.toLocaleString(language, {
    minimumFractionDigits: digits === 1 && floored < 100 ? 1 : 0,
  });
  return `${number}%`;
}
